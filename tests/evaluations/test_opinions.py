"""Opinions and complaints: who handles them, by when, and what becomes of them."""

from datetime import date

import pytest
from django.db import IntegrityError

from accounts.models import AuditEvent
from campaign.models import Obligation
from common.codes import new_key
from common.errors import Denied, Incomplete, WrongMoment
from common.uploads import examine
from evaluations.models import Complainant, Opinion, OpinionFile
from evaluations.services import opinions as services
from evaluations.services.opinion_answers import answer_opinion, close_opinion
from evaluations.services.opinion_findings import find_from_opinion, rate_opinion_answer
from evaluations.services.opinion_transfers import transfer_opinion
from evaluations.services.tasks import accept_task, start_task, submit_task
from tests.factories import NOW, at

NAME, PHONE = "陈建国", "13800001111"


def said(world, target=None, **fields):
    values = {
        "campaign": world.campaign,
        "target": target or world.brigade.organisation,
        "kind": "complaint",
        "text": "去窗口办事被推诿三次",
        "key": new_key(),
        "now": NOW,
    }
    return services.receive_opinion(**values | fields)


def named(world, **fields):
    return said(world, name=NAME, phone=PHONE, **fields)[0]


def taken_up(world, **fields):
    opinion = named(world, **fields)
    return services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)


def owed(opinion):
    """(step and round, by whom, due day, state) of every obligation of an opinion."""
    rows = Obligation.objects.filter(kind="opinion", key__startswith=f"opinion:{opinion.pk}:")
    return sorted(
        (row.key.split(":", 2)[2], row.organisation.code, row.due_on.isoformat(), row.state)
        for row in rows.select_related("organisation")
    )


# --- who handles it -------------------------------------------------------------------------------


def test_it_goes_to_the_unit_above_and_never_to_the_one_reported(world):
    cases = [
        (world.brigade.organisation, False, world.county),
        (world.brigade.organisation, True, world.prefecture),
        (world.county, False, world.prefecture),
        (world.direct_brigade.organisation, False, world.direct_county),
        (world.direct_county, False, world.province),
        (world.jiyuan_brigade.organisation, False, world.jiyuan),
        (world.prefecture, False, world.province),
    ]
    for target, concerns_bureau, handler in cases:
        opinion, _code = said(world, target, concerns_bureau=concerns_bureau)
        assert opinion.handler == handler
    assert said(world, world.province)[0].target is None


def test_the_unit_reported_sees_nothing_and_those_above_the_handler_do(world):
    opinion = named(world)
    about_county = named(world, target=world.county)

    def seen(user):
        return set(Opinion.objects.visible_to(user))

    assert seen(world.station_officer) == set()
    assert seen(world.county_officer) == {opinion}
    assert seen(world.prefecture_officer) == {opinion, about_county}
    assert seen(world.sibling_county_officer) == set()
    assert seen(world.auditor) == set()


def test_the_database_itself_refuses_a_handler_that_is_the_target(world):
    opinion = named(world)
    with pytest.raises(IntegrityError):
        Opinion.objects.filter(pk=opinion.pk).update(handler=world.brigade.organisation)


def test_a_bureau_involved_too_is_passed_over_for_good(world):
    opinion = named(world, concerns_bureau=True)
    with pytest.raises(Denied):
        transfer_opinion(
            opinion=opinion,
            to_unit=world.county,
            reason="属地办理",
            by=world.prefecture_officer,
            now=NOW,
        )
    plain = named(world, target=world.brigade.organisation)
    Opinion.objects.filter(pk=plain.pk).update(handler=world.prefecture)
    plain.refresh_from_db()
    transfer_opinion(
        opinion=plain, to_unit=world.county, reason="属地办理", by=world.prefecture_officer, now=NOW
    )
    assert plain.handler == world.county


# --- taking in ------------------------------------------------------------------------------------


def test_sent_twice_is_kept_once_with_the_same_code(world, files):
    key = new_key()
    first, code = said(world, key=key)
    again, same = said(world, key=key)
    assert (again, same) == (first, code)
    assert Opinion.objects.count() == 1
    assert services.opinion_of_code(code.lower()) == first
    # Only keyed hashes are stored.
    assert code not in str(Opinion.objects.values())
    other, other_code = said(world)
    assert other != first
    assert other_code != code


def test_after_the_secret_changed_the_old_code_still_answers(world, settings):
    key = new_key()
    opinion, code = said(world, key=key)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert services.opinion_of_code(code) == opinion
    assert said(world, key=key) == (opinion, code)


def test_a_closed_campaign_takes_none(world):
    world.campaign.state = "closed"
    world.campaign.save()
    with pytest.raises(WrongMoment):
        said(world)


def test_name_and_phone_stand_apart_and_reading_them_is_recorded(world):
    opinion = named(world)
    trail = str(list(AuditEvent.objects.values()))
    assert NAME not in trail
    assert PHONE not in trail
    for user in (world.station_officer, world.prefecture_officer, world.sibling_county_officer):
        with pytest.raises(Denied):
            services.reveal_complainant(opinion=opinion, reason="回访", by=user, now=NOW)
    with pytest.raises(Incomplete):
        services.reveal_complainant(opinion=opinion, reason=" ", by=world.county_officer, now=NOW)
    assert not AuditEvent.objects.filter(act="complainant.read").exists()
    read = services.reveal_complainant(
        opinion=opinion, reason="回访", by=world.county_officer, now=NOW
    )
    assert (read.name, read.phone) == (NAME, PHONE)
    event = AuditEvent.objects.get(act="complainant.read")
    assert (event.user, event.reason, event.target) == (
        world.county_officer,
        "回访",
        opinion.number,
    )
    assert Complainant.objects.count() == 1


def test_files_are_for_the_handling_unit_and_reading_them_is_recorded(world, files):
    opinion = named(world, files=[examine(files.jpg())])
    file = OpinionFile.objects.get(opinion=opinion)
    assert b"secret place" not in file.file.read()
    with pytest.raises(Denied):
        services.read_file(file=file, by=world.prefecture_officer, now=NOW)
    services.read_file(file=file, by=world.county_officer, now=NOW)
    assert AuditEvent.objects.get(act="opinion_file.read").user == world.county_officer


# --- decided, answered, judged --------------------------------------------------------------------


def test_not_in_remit_takes_a_reason(world):
    opinion = named(world)
    with pytest.raises(Incomplete):
        services.decline_opinion(opinion=opinion, reason=" ", by=world.county_officer, now=NOW)
    services.decline_opinion(
        opinion=opinion, reason="属环保部门职责，请向县环保局反映", by=world.county_officer, now=NOW
    )
    assert (opinion.state, {row[3] for row in owed(opinion)}) == ("declined", {"met"})
    with pytest.raises(WrongMoment):
        services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)


def test_only_the_handler_decides(world):
    opinion = named(world)
    for user in (world.prefecture_officer, world.station_officer, world.county_assessor):
        with pytest.raises(Denied):
            services.accept_opinion(opinion=opinion, by=user, now=NOW)
    services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)
    assert opinion.state == "accepted"


def test_without_a_name_the_answer_ends_it(world):
    opinion, _code = said(world)
    services.accept_opinion(opinion=opinion, by=world.county_officer, now=NOW)
    answer_opinion(opinion=opinion, text="已处理", by=world.county_officer, now=NOW)
    assert opinion.state == "closed"
    with pytest.raises(WrongMoment):
        rate_opinion_answer(opinion=opinion, satisfied=False, words="没有", now=NOW)


def test_not_satisfied_reopens_once(world):
    opinion = taken_up(world)
    answer_opinion(opinion=opinion, text="已处理", by=world.county_officer, now=NOW)
    with pytest.raises(Incomplete):
        rate_opinion_answer(opinion=opinion, satisfied=False, words="", now=NOW)
    rate_opinion_answer(opinion=opinion, satisfied=False, words="还是推诿", now=NOW)
    assert (opinion.state, opinion.round) == ("accepted", 2)
    assert ("finish:2", "410122", "2014-11-24", "open") in owed(opinion)
    with pytest.raises(WrongMoment):
        rate_opinion_answer(opinion=opinion, satisfied=True, words="", now=NOW)
    answer_opinion(opinion=opinion, text="已约谈责任人", by=world.county_officer, now=NOW)
    assert opinion.state == "answered"
    rate_opinion_answer(opinion=opinion, satisfied=False, words="不满意", now=NOW)
    assert opinion.state == "closed"
    assert list(opinion.answers.values_list("round", "satisfied")) == [(1, False), (2, False)]


def test_a_verdict_has_its_days_and_only_then_can_the_case_be_closed_for_it(world):
    opinion = taken_up(world)
    answer_opinion(opinion=opinion, text="已处理", by=world.county_officer, now=NOW)
    # Answered on 25 October; 30 days end on 24 November, 24:00.
    last, after = at("2014-11-24 23:59"), at("2014-11-25 00:00")
    with pytest.raises(WrongMoment):
        close_opinion(opinion=opinion, by=world.county_officer, now=last)
    with pytest.raises(WrongMoment):
        rate_opinion_answer(opinion=opinion, satisfied=True, words="", now=after)
    close_opinion(opinion=opinion, by=world.county_officer, now=after)
    assert opinion.state == "closed"


def test_the_finding_must_not_name_the_complainant(world):
    opinion = taken_up(world)
    values = {
        "opinion": opinion,
        "category": "service",
        "severity": "minor",
        "requirement": "限期整改",
        "due_on": date(2014, 11, 10),
        "by": world.county_officer,
        "now": NOW,
    }
    for text in (f"{NAME}反映窗口推诿", f"请电{PHONE}回访"):
        with pytest.raises(Incomplete):
            find_from_opinion(text=text, **values)
    finding = find_from_opinion(text="窗口推诿，未一次性告知", **values)
    assert (finding.source, finding.task.due_on) == ("complaint", date(2014, 11, 10))
    opinion.refresh_from_db()
    assert opinion.finding == finding
    with pytest.raises(WrongMoment):
        find_from_opinion(text="又一次", **values)


# --- the whole circle -----------------------------------------------------------------------------


def dispatched(world):
    opinion = taken_up(world)
    find_from_opinion(
        opinion=opinion,
        category="service",
        severity="minor",
        text="窗口推诿，未一次性告知",
        requirement="限期整改",
        due_on=date(2014, 11, 10),
        by=world.county_officer,
        now=NOW,
    )
    return opinion


def mended(world, task, files, result, by):
    start_task(task=task, by=world.station_officer, now=NOW)
    submit_task(task=task, result=result, files=[files.jpg()], by=world.station_officer, now=NOW)
    accept_task(task=task, by=by, reason="属实", now=NOW)


def test_an_accepted_rectification_is_the_answer_and_not_satisfied_reopens_it(world, files):
    opinion = dispatched(world)
    task = opinion.finding.task
    mended(world, task, files, "窗口实行一次性告知", world.county_officer)
    opinion.refresh_from_db()
    assert opinion.state == "answered"
    assert "窗口实行一次性告知" in opinion.answers.get().text
    rate_opinion_answer(opinion=opinion, satisfied=False, words="我是陈建国，还是推诿", now=NOW)
    task.refresh_from_db()
    assert (opinion.state, task.state, task.reopened) == ("accepted", "assigned", 1)
    # The station reads the task's story; the complainant's words are not in it.
    assert "陈建国" not in str(list(AuditEvent.objects.values()))
    mended(world, task, files, "调离窗口人员", world.county_officer)
    opinion.refresh_from_db()
    assert opinion.state == "answered"
    rate_opinion_answer(opinion=opinion, satisfied=True, words="", now=NOW)
    assert opinion.state == "closed"


def test_an_acceptor_below_the_handler_leaves_the_answer_to_the_handler(world, files):
    # The bureau is involved too, so the prefecture handles it and the bureau knows nothing of it.
    opinion = named(world, concerns_bureau=True)
    services.accept_opinion(opinion=opinion, by=world.prefecture_officer, now=NOW)
    find_from_opinion(
        opinion=opinion,
        category="service",
        severity="minor",
        text="窗口推诿",
        requirement="限期整改",
        due_on=date(2014, 11, 10),
        by=world.prefecture_officer,
        now=NOW,
    )
    mended(world, opinion.finding.task, files, "已改", world.county_officer)
    opinion.refresh_from_db()
    assert opinion.state == "accepted"


def test_after_the_last_phase_not_satisfied_still_reopens_the_opinion_without_a_task(world, files):
    opinion = dispatched(world)
    mended(world, opinion.finding.task, files, "已改", world.county_officer)
    opinion.refresh_from_db()
    world.campaign.phases.filter(starts_on__gt=date(2014, 10, 30)).delete()
    rate_opinion_answer(
        opinion=opinion, satisfied=False, words="还没改", now=at("2014-11-03 09:00")
    )
    opinion.finding.task.refresh_from_db()
    assert (opinion.state, opinion.finding.task.state) == ("accepted", "accepted")
