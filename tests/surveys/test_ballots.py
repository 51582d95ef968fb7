"""The ballot box: what is acknowledged is stored once, and nothing in it points at anybody."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from accounts.models import AuditEvent
from campaign.models import CampaignState
from campaign.workflow import CAMPAIGN
from common.errors import Denied, Incomplete, WrongMoment
from surveys import guards, receipts
from surveys.models import Ballot, Invitation, Receipt, SurveyComment
from surveys.services.ballots import cast_ballot, cast_ballots, random_id
from tests.factories import NOW, at, small_province
from tests.surveys.survey_cast import answers, opened, posted


def cast(world, **changes):
    fields = {
        "enrolment": world.brigade_enrolment,
        "group": "service",
        "answers": answers(),
        "comment": "",
        "channel": "open",
        "key": receipts.new_key(),
        "now": NOW,
    }
    return cast_ballot(**(fields | changes))


@pytest.mark.django_db
def test_a_ballot_is_stored_packed_with_its_day_and_validity():
    world = small_province()
    questionnaire = opened(world)
    code = cast(world, answers=answers("2", lead="1", q3="4"), comment=" 谢谢 ")
    ballot = Ballot.objects.get()
    assert ballot.answers == "22422222221"
    assert (ballot.group, ballot.channel, ballot.day) == ("service", "open", date(2014, 10, 25))
    assert (ballot.enrolment_id, ballot.questionnaire_id) == (
        world.brigade_enrolment.pk,
        questionnaire.pk,
    )
    assert (ballot.valid, ballot.set_aside) == (True, False)
    assert SurveyComment.objects.get().text == "谢谢"
    assert SurveyComment.objects.get().state == "new"
    receipt = Receipt.objects.get()
    assert receipt.code_digest == receipts.code_digest(code)


@pytest.mark.django_db
def test_too_many_do_not_know_makes_an_invalid_ballot_that_is_kept():
    world = small_province()
    opened(world)
    cast(world, answers=answers(q1="4", q2="4"))
    cast(world, answers=answers(q1="4", q2="4", q3="4"))
    assert sorted(Ballot.objects.values_list("valid", flat=True)) == [False, True]
    assert Ballot.objects.counted().count() == 1


@pytest.mark.django_db
def test_the_same_form_twice_is_one_ballot_with_one_receipt():
    world = small_province()
    opened(world)
    key = receipts.new_key()
    first = cast(world, key=key, comment="一次")
    assert cast(world, key=key, comment="一次") == first
    # A ballot is final: other answers with the same form change nothing.
    assert cast(world, key=key, answers=answers("3")) == first
    assert Ballot.objects.get().answers == "11111111112"
    assert (Receipt.objects.count(), SurveyComment.objects.count()) == (1, 1)
    assert cast(world) != first
    assert Ballot.objects.count() == 2


@pytest.mark.django_db
def test_a_key_belongs_to_its_station():
    world = small_province()
    opened(world)
    key = receipts.new_key()
    first = cast(world, key=key)
    assert cast(world, key=key, enrolment=world.township_enrolment) != first
    assert Ballot.objects.count() == 2


@pytest.mark.django_db
def test_a_retry_after_the_end_gets_its_receipt_but_no_new_ballot_comes_in():
    world = small_province()
    opened(world)
    key = receipts.new_key()
    first = cast(world, key=key, now=at("2014-11-30 23:59:59"))
    assert cast(world, key=key, now=at("2014-12-01 00:00:05")) == first
    with pytest.raises(WrongMoment):
        cast(world, now=at("2014-12-01 00:00:05"))
    assert Ballot.objects.count() == 1


@pytest.mark.django_db
def test_a_retry_after_the_secret_was_changed_gets_the_same_receipt(settings):
    world = small_province()
    opened(world)
    key = receipts.new_key()
    first = cast(world, key=key)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert cast(world, key=key) == first
    assert Ballot.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        ("2014-08-20 23:59:59", False),
        ("2014-08-21 00:00:00", True),
        ("2014-10-31 23:59:59", True),
        ("2014-11-01 00:00:00", True),
        ("2014-11-30 23:59:59", True),
        ("2014-12-01 00:00:00", False),
    ],
)
def test_the_window_ends_at_24_00(moment, accepted):
    world = small_province()
    opened(world)
    if accepted:
        cast(world, now=at(moment))
    else:
        with pytest.raises(WrongMoment):
            cast(world, now=at(moment))
    assert Ballot.objects.count() == int(accepted)


@pytest.mark.django_db
def test_a_closed_campaign_or_one_without_questionnaire_takes_no_ballot():
    world = small_province()
    with pytest.raises(WrongMoment):
        cast(world)
    opened(world)
    cast(world)
    world.campaign.state = CampaignState.CLOSED
    world.campaign.save()
    world.brigade_enrolment.campaign.refresh_from_db()
    with pytest.raises(WrongMoment):
        cast(world)
    assert Ballot.objects.count() == 1


@pytest.mark.django_db
def test_group_and_required_answers_are_required():
    world = small_province()
    opened(world)
    lacking = answers()
    del lacking[5]
    with pytest.raises(Incomplete):
        cast(world, group="nobody")
    with pytest.raises(Incomplete):
        cast(world, answers=lacking)
    with pytest.raises(ValueError, match="no option"):
        cast(world, answers=answers(q5="9"))
    assert (Ballot.objects.count(), Receipt.objects.count()) == (0, 0)
    cast(world)
    assert Ballot.objects.count() == 1


# --- anonymity -----------------------------------------------------------------------------------


def columns(model):
    return {field.column for field in model._meta.get_fields() if hasattr(field, "column")}


def test_no_column_points_at_a_person_a_device_or_a_moment():
    assert columns(Ballot) == {
        "id",
        "enrolment_id",
        "questionnaire_id",
        "group",
        "answers",
        "channel",
        "day",
        "valid",
        "batch_id",
        "marks",
        "set_aside",
        "quarantine_id",
        "mixed",
        "key_digest",
    }
    assert columns(Receipt) == {"id", "campaign_id", "code_digest", "mixed"}
    assert columns(Invitation) == {"id", "batch_id", "code_digest", "state"}
    assert columns(SurveyComment) == {
        "id",
        "enrolment_id",
        "text",
        "state",
        "shown_text",
        "screened_by_id",
        "finding_id",
        "mixed",
    }
    for model in (Ballot, Receipt, Invitation, SurveyComment):
        kinds = {field.get_internal_type() for field in model._meta.fields}
        assert not kinds & {"DateTimeField", "TimeField", "GenericIPAddressField"}


@pytest.mark.django_db
def test_ids_are_drawn_by_chance_and_no_audit_event_tells_the_order():
    world = small_province()
    opened(world)
    events = AuditEvent.objects.count()
    order = []
    for _ in range(20):
        known = set(Ballot.objects.values_list("pk", flat=True))
        cast(world, comment="x")
        order += set(Ballot.objects.values_list("pk", flat=True)) - known
    assert order != sorted(order)  # by chance in one of 20! ≈ 2·10¹⁸ cases
    assert order != sorted(order, reverse=True)
    assert min(abs(a - b) for a, b in zip(order, order[1:], strict=False)) > 1_000_000
    ids = {model: set(model.objects.values_list("pk", flat=True)) for model in MODELS}
    assert [len(each) for each in ids.values()] == [20, 20, 20]
    assert len(set.union(*ids.values())) == 60
    assert AuditEvent.objects.count() == events


MODELS = (Ballot, Receipt, SurveyComment)


@pytest.mark.django_db
def test_the_key_and_the_code_themselves_are_nowhere_in_the_database():
    world = small_province()
    opened(world)
    key = receipts.new_key()
    code = cast(world, key=key)
    stored = [str(row) for model in MODELS for row in model.objects.values()]
    assert len(stored) == 2
    for secret in (key, code, receipts.grouped(code)):
        assert not any(secret in row for row in stored)
    ballot, receipt = Ballot.objects.get(), Receipt.objects.get()
    assert not set(Ballot.objects.values_list().get()) & {receipt.pk, receipt.code_digest}
    assert ballot.key_digest != receipt.code_digest


# --- bursts --------------------------------------------------------------------------------------


def burst(number, act):
    """Run `act(place)` in `number` threads that start together; results, in order of the places."""
    barrier, results = threading.Barrier(number), [None] * number

    def run(place):
        try:
            barrier.wait()
            results[place] = act(place)
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def needs_a_shared_database():
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads need a test database in a file (DATABASES TEST NAME)")


@pytest.mark.django_db(transaction=True)
def test_twelve_phones_with_the_same_form_give_one_ballot():
    needs_a_shared_database()
    world = small_province()
    opened(world)
    key = receipts.new_key()
    codes = burst(12, lambda place: cast(world, key=key, comment="一次"))
    assert codes == [receipts.receipt_code(world.brigade_enrolment.pk, key)] * 12
    assert [model.objects.count() for model in MODELS] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_twelve_phones_with_their_own_forms_give_twelve_ballots():
    needs_a_shared_database()
    world = small_province()
    opened(world)
    codes = burst(12, lambda place: cast(world))
    assert len(set(codes)) == 12
    assert Ballot.objects.count() == 12
    assert set(Receipt.objects.values_list("code_digest", flat=True)) == {
        receipts.code_digest(code) for code in codes
    }


def raw_insert(world, questionnaire, key):
    """The naive way: look, then insert, with nothing in the database against a second row."""
    digest = receipts.key_digest(world.brigade_enrolment.pk, key)
    with transaction.atomic():
        Ballot.objects.create(
            id=random_id(),
            enrolment=world.brigade_enrolment,
            questionnaire=questionnaire,
            group="service",
            answers="11111111112",
            channel="open",
            day=NOW.date(),
            valid=True,
            key_digest=digest,
        )


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_column_the_same_form_would_be_counted_twice():
    """The negative control: it is the unique column that holds the line, nothing else."""
    world = small_province()
    questionnaire = opened(world)
    unique = Ballot._meta.get_field("key_digest")
    plain = unique.clone()
    plain._unique = False
    plain.set_attributes_from_name("key_digest")
    plain.model = Ballot
    raw_insert(world, questionnaire, "k")
    with pytest.raises(IntegrityError):
        raw_insert(world, questionnaire, "k")
    # SQLite makes the table anew, which its triggers would not survive (see surveys/guards.py).
    guards.remove(connection)
    with connection.schema_editor() as editor:
        editor.alter_field(Ballot, unique, plain)
    try:
        raw_insert(world, questionnaire, "k")
        assert Ballot.objects.count() == 2
    finally:
        Ballot.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.alter_field(Ballot, plain, unique)
        guards.install(connection)
    raw_insert(world, questionnaire, "k")
    with pytest.raises(IntegrityError):
        raw_insert(world, questionnaire, "k")


# --- many at once --------------------------------------------------------------------------------


def row(world, **changes):
    fields = {
        "enrolment": world.brigade_enrolment.pk,
        "group": "service",
        "answers": "11111111112",
        "channel": "paper",
        "day": date(2014, 10, 20),
    }
    return tuple((fields | changes).values())


@pytest.mark.django_db
def test_a_batch_is_checked_stored_and_leaves_one_event():
    world = small_province()
    opened(world)
    rows = [row(world), row(world, answers="44444444442"), row(world, group="society")]
    rows += [row(world, enrolment=world.township_enrolment.pk, answers="00000000000")]
    assert cast_ballots(rows=iter(rows), by=world.province_admin, now=NOW) == 4
    stored = Ballot.objects.values_list("enrolment_id", "group", "answers", "channel", "day")
    assert sorted(stored) == sorted(rows)
    assert sorted(Ballot.objects.values_list("answers", "valid")) == [
        ("00000000000", False),
        ("11111111112", True),
        ("11111111112", True),
        ("44444444442", False),
    ]
    event = AuditEvent.objects.get(act="ballots.entered")
    assert event.after == {"ballots": 4}
    assert Receipt.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"enrolment": 0}, Incomplete),
        ({"group": "nobody"}, Incomplete),
        ({"channel": "pigeon"}, Incomplete),
        ({"answers": "1111111111"}, Incomplete),
        ({"answers": "51111111111"}, Incomplete),
        ({"day": date(2014, 8, 20)}, WrongMoment),
        ({"day": date(2014, 10, 26)}, WrongMoment),  # tomorrow
    ],
)
def test_one_wrong_row_stops_the_whole_batch(change, refusal):
    world = small_province()
    opened(world)
    rows = [row(world), row(world, **change)]
    with pytest.raises(refusal) as caught:
        cast_ballots(rows=rows, by=world.province_admin, now=NOW)
    assert "2" in str(caught.value.reason)
    assert Ballot.objects.count() == 0
    cast_ballots(rows=rows[:1], by=world.province_admin, now=NOW)
    assert Ballot.objects.count() == 1


@pytest.mark.django_db
def test_only_the_province_enters_batches_and_only_while_open():
    world = small_province()
    opened(world)
    for user in (world.station_officer, world.county_officer, world.prefecture_officer):
        with pytest.raises(Denied):
            cast_ballots(rows=[row(world)], by=user, now=NOW)
    type(world.campaign).objects.update(state=CampaignState.CLOSED)
    with pytest.raises(WrongMoment):
        cast_ballots(rows=[row(world)], by=world.province_admin, now=NOW)
    assert Ballot.objects.count() == 0


@pytest.mark.django_db
def test_a_kept_look_up_lets_no_ballot_in_after_the_close(client, settings, monkeypatch):
    """The page may be some seconds behind; the box never is."""
    settings.LOOKUPS_KEPT = 5
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    world = small_province()
    opened(world)
    address = reverse("surveys:station", args=[world.brigade.code])
    assert client.post(address, posted()).status_code == 200
    CAMPAIGN.apply(world.campaign, "closed", by=world.province_admin, now=NOW)
    late = client.post(address, posted())
    assert late.status_code == 409
    assert Ballot.objects.count() == 1
