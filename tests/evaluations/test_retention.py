"""Names and phones of complainants go when their time is over; what was said stays."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.seals import seal_events, verify
from accounts.vouching import changed_rows
from campaign.models import Campaign, CampaignState
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import (
    Complainant,
    ContactRetention,
    Opinion,
    OpinionFile,
    RectificationTask,
)
from evaluations.services import opinions as services
from evaluations.services.findings import record_finding
from evaluations.services.opinion_answers import answer_opinion
from evaluations.services.retention import forget_complainants, forget_files, set_retention
from evaluations.services.tasks import assign_task
from tests.evaluations.test_opinions import NAME, PHONE, named, said, taken_up
from tests.factories import NOW, at

# The campaign's last day is 30 November 2014; twelve months later is 30 November 2015.
KEPT, OVER = at("2015-11-30 23:59"), at("2015-12-01 00:00")


def declined(world):
    opinion = named(world)
    services.decline_opinion(opinion=opinion, reason="r", by=world.county_officer, now=NOW)
    return opinion


def closed():
    Campaign.objects.update(state=CampaignState.CLOSED)


def people():
    return sorted(Complainant.objects.values_list("name", "phone"))


@pytest.mark.parametrize(
    ("ended_on", "months", "last"),
    [
        (date(2014, 11, 30), 12, date(2015, 11, 30)),
        (date(2014, 11, 30), 1, date(2014, 12, 30)),
        (date(2014, 11, 30), 3, date(2015, 2, 28)),
        (date(2015, 12, 31), 2, date(2016, 2, 29)),
        (date(2014, 12, 1), 120, date(2024, 12, 1)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last_one(ended_on, months, last):
    assert ContactRetention(months=months).last_day(ended_on) == last


def test_nothing_goes_before_the_time_and_the_opinion_stays_after_it(world):
    opinion = declined(world)
    closed()
    assert forget_complainants(now=KEPT) == 0
    assert people() == [(NAME, PHONE)]
    assert forget_complainants(now=OVER) == 1
    assert people() == [("", "")]
    assert forget_complainants(now=OVER) == 0
    row = Opinion.objects.get(pk=opinion.pk)
    assert (row.text, row.named, row.state) == (opinion.text, True, "declined")
    # Who has the code still reads what became of it.
    assert Complainant.objects.get(opinion=row).erased_at == OVER


def test_a_campaign_that_is_not_closed_keeps_everything(world):
    declined(world)
    assert forget_complainants(now=OVER) == 0
    closed()
    assert forget_complainants(now=OVER) == 1


def test_what_is_still_handled_keeps_its_name(world):
    named(world)
    taken_up(world)
    declined(world)
    closed()
    assert forget_complainants(now=OVER) == 1
    assert people() == [("", ""), (NAME, PHONE), (NAME, PHONE)]


def test_an_answer_that_may_still_be_judged_keeps_its_name(world):
    """Answered on 25 November 2015: thirty days for the verdict, until 25 December."""
    opinion = taken_up(world)
    answered_at = at("2015-11-25 09:00")
    answer_opinion(opinion=opinion, text="t", by=world.county_officer, now=answered_at)
    closed()
    assert forget_complainants(now=at("2015-12-25 23:59")) == 0
    assert forget_complainants(now=at("2015-12-26 00:00")) == 1


def test_the_trail_tells_how_many_and_never_who_and_stays_whole(world):
    declined(world)
    said(world)
    seal_events(now=OVER)
    closed()
    before = changed_rows()
    forget_complainants(now=OVER)
    assert changed_rows() == before
    event = AuditEvent.objects.get(act="complainants.forgotten")
    assert (event.after["number"], event.after["months"]) == (1, 12)
    texts = str(list(AuditEvent.objects.values()))
    assert NAME not in texts and PHONE not in texts
    seal_events(now=OVER)
    assert verify().fault is None


def test_an_erased_name_cannot_be_shown_and_the_page_says_so(world, sign_in):
    opinion = declined(world)
    shown = services.reveal_complainant(
        opinion=opinion, reason="to call", by=world.county_officer, now=NOW
    )
    assert shown.name == NAME
    closed()
    forget_complainants(now=OVER)
    opinion = Opinion.objects.get(pk=opinion.pk)
    with pytest.raises(WrongMoment):
        services.reveal_complainant(
            opinion=opinion, reason="to call", by=world.county_officer, now=OVER
        )
    page = sign_in(world.county_officer).get(reverse("evaluations:opinion", args=[opinion.pk]))
    assert "2015-12-01" in page.content.decode()
    assert "reveal_form" not in page.context


def test_the_province_sets_the_months(world, sign_in):
    declined(world)
    closed()
    with pytest.raises(Denied):
        set_retention(months=3, by=world.province_officer, now=NOW)
    for wrong in (0, 121):
        with pytest.raises(Incomplete):
            set_retention(months=wrong, by=world.province_admin, now=NOW)
    client = sign_in(world.province_admin)
    refused = client.post(reverse("evaluations:retention"), {"months": "0"})
    assert refused.context["retention_form"].errors and not ContactRetention.objects.exists()
    assert client.post(reverse("evaluations:retention"), {"months": "3"}).status_code == 302
    assert AuditEvent.objects.get(act="retention.set").after["months"] == 3
    assert forget_complainants(now=at("2015-02-28 23:59")) == 0
    assert forget_complainants(now=at("2015-03-01 00:00")) == 1


def test_whoever_complains_reads_how_long_the_name_is_kept(world, client):
    page = reverse("opinions:campaign") + "?lang=en"
    assert "12 months" in client.get(page).content.decode()
    set_retention(months=6, by=world.province_admin, now=NOW)
    assert "6 months" in client.get(page).content.decode()


def with_file(world, opinion):
    """A letter that came with it, stored for real."""
    return OpinionFile.objects.create(
        opinion=opinion,
        file=ContentFile(b"%PDF-1.4 a letter with a signature", name="o.pdf"),
        name="王某的信.pdf",
        content_type="application/pdf",
        size=34,
        sha256="0" * 64,
    )


def test_files_go_with_the_names_and_leave_their_digest(world, sign_in):
    """Of those without a name too: a letter or a photo may show who spoke."""
    nameless, _code = said(world)
    services.decline_opinion(opinion=nameless, reason="r", by=world.county_officer, now=NOW)
    files = [with_file(world, declined(world)), with_file(world, nameless)]
    stored = [Path(file.file.path) for file in files]
    closed()
    assert forget_files(now=KEPT) == 0
    assert [path.exists() for path in stored] == [True, True]
    assert forget_files(now=OVER) == 2
    assert forget_files(now=OVER) == 0
    assert [path.exists() for path in stored] == [False, False]
    for file in files:
        file.refresh_from_db()
        assert (file.file.name, file.name, file.erased_at) == ("", "", OVER)
        assert (file.size, file.sha256) == (34, "0" * 64)
    event = AuditEvent.objects.get(act="opinion_files.forgotten")
    assert event.values_after == {"number": 2, "months": 12}
    assert "王某" not in str(list(AuditEvent.objects.values()))
    # Who handles it reads why there is nothing to open; and is told so, not that it is lost.
    client = sign_in(world.county_officer)
    page = client.get(reverse("evaluations:opinion", args=[files[0].opinion_id]))
    assert "2015-12-01" in page.content.decode()
    address = reverse("evaluations:opinion-file", args=[files[0].pk])
    assert address not in page.content.decode()
    assert client.get(address).status_code == 409


def test_a_file_is_read_while_its_time_runs(world, sign_in):
    """The twin."""
    file = with_file(world, declined(world))
    closed()
    forget_files(now=KEPT)
    address = reverse("evaluations:opinion-file", args=[file.pk])
    assert sign_in(world.county_officer).get(address).status_code == 200


def test_files_stay_while_something_still_hangs_on_them(world):
    """An opinion that waits, and one whose finding is still being mended."""
    with_file(world, named(world))
    mended = with_file(world, declined(world))
    finding = record_finding(
        enrolment=world.brigade_enrolment,
        source="opinion",
        category="work",
        severity="minor",
        text="窗口无人",
        by=world.county_officer,
        now=NOW,
    )
    Opinion.objects.filter(pk=mended.opinion_id).update(finding=finding)
    task = assign_task(
        finding=finding,
        requirement="整改",
        due_on=date(2014, 11, 14),
        by=world.county_officer,
        now=NOW,
    )
    closed()
    assert forget_files(now=OVER) == 0
    done = {"state": "accepted", "reviewed_by": world.county_officer, "reviewed_at": NOW}
    RectificationTask.objects.filter(pk=task.pk).update(**done)
    assert forget_files(now=OVER) == 1
    assert list(OpinionFile.objects.values_list("erased_at", flat=True)) == [None, OVER]


def test_where_the_store_fails_the_next_night_finishes(world, monkeypatch):
    file = with_file(world, declined(world))
    closed()

    def fails(name):
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", fails)
        with pytest.raises(OSError, match="disk"):
            forget_files(now=OVER)
    file.refresh_from_db()
    assert (file.name, file.erased_at) == ("王某的信.pdf", None)
    Path(file.file.path).unlink()  # gone already: no fault
    assert forget_files(now=OVER) == 1
