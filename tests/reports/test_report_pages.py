"""Pages of reports: who sees which, the request, progress, the download."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from campaign.models import Campaign, CampaignState, Phase
from reports.models import Report
from scoring.models import ScoreRun
from scoring.services.policies import load_default_policy
from scoring.services.runs import make_run
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW, campaign, enrolment, small_province
from tests.reports.papers import with_run
from tests.scoring.voters import close_questionnaire, questionnaire

LIST = reverse("reports:list")
NEW = reverse("reports:new", args=["unit_summary"])


@pytest.fixture
def world(db, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    return with_run(small_province())


def report_on(world, unit, state="done", **fields):
    if state == "done":
        fields["file"] = default_storage.save("reports/x.pdf", ContentFile(b"%PDF-1.7 test"))
    return Report.objects.create(
        key=f"{unit.code}:{Report.objects.count()}",
        series=f"{unit.code}:{Report.objects.count()}",
        kind="unit_summary",
        campaign=world.campaign,
        organisation=unit,
        run=world.run,
        language="zh-hans",
        state=state,
        requested_by=world.province_officer,
        requested_at=NOW,
        **fields,
    )


def page(name, report):
    return reverse(f"reports:{name}", args=[report.pk])


def offered(client):
    return [unit.code for unit in client.get(NEW).context["form"].fields["organisation"].queryset]


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        (
            "province_officer",
            ["410000", "410100", "410122", "410185", "410181", "410200", "410221", "419001"],
        ),
        ("prefecture_officer", ["410100", "410122", "410185"]),
        ("jiyuan_officer", ["419001"]),
        ("county_officer", ["410122"]),
        ("direct_county_officer", ["410181"]),
    ],
)
def test_units_offered(world, client, who, codes):
    client.force_login(getattr(world, who))
    assert offered(client) == codes


def test_asking_leads_to_the_page_of_the_report_twice_to_the_same(world, client):
    client.force_login(world.province_officer)
    form = {"organisation": world.prefecture.pk, "language": "zh-hans"}
    first, second = client.post(NEW, form), client.post(NEW, form)
    report = Report.objects.get()
    assert first.status_code == second.status_code == 302
    assert first.url == second.url == page("detail", report)
    assert (report.organisation, report.run, report.requested_by) == (
        world.prefecture,
        world.run,
        world.province_officer,
    )
    assert timezone.localdate(report.requested_at) == NOW.date()


@pytest.mark.parametrize("unit", ["", "x", "²"])
def test_a_form_without_a_unit_is_shown_again(world, client, unit):
    client.force_login(world.prefecture_officer)
    answer = client.post(NEW, {"organisation": unit, "language": "en"})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["organisation"]
    assert answer.context["form"]["language"].value() == "en"
    assert not Report.objects.exists()


def test_a_unit_outside_the_scope_is_an_error_at_the_field(world, client):
    client.force_login(world.prefecture_officer)
    form = {"organisation": world.other_prefecture.pk, "language": "zh-hans"}
    assert list(client.post(NEW, form).context["form"].errors) == ["organisation"]
    assert not Report.objects.exists()
    assert client.post(NEW, form | {"organisation": world.county.pk}).status_code == 302
    assert Report.objects.get().organisation == world.county


@pytest.mark.parametrize(
    ("who", "shown", "asked"),
    [
        ("province_officer", 200, 302),
        ("province_admin", 200, 302),
        ("leader", 200, 403),
        ("prefecture_officer", 200, 200),
        ("station_officer", 200, 403),
        ("province_assessor", 403, 403),
        ("auditor", 403, 403),
        ("system_admin", 403, 403),
    ],
)
def test_who_may_read_and_ask(world, client, who, shown, asked):
    client.force_login(getattr(world, who))
    assert client.get(LIST).status_code == shown
    form = {"organisation": world.other_prefecture.pk, "language": "zh-hans"}
    assert client.post(NEW, form).status_code == asked


def test_the_public_is_sent_to_the_sign_in_page(world, client):
    report = report_on(world, world.county)
    for address in (LIST, page("detail", report), page("download", report)):
        answer = client.get(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("accounts:login"))


def test_without_a_run_there_is_a_plain_word_and_no_form(world, client):
    ScoreRun.objects.all().delete()
    client.force_login(world.province_officer)
    form = {"organisation": world.prefecture.pk, "language": "zh-hans"}
    answer = client.post(NEW, form)
    assert (answer.status_code, answer.context["lacks_run"]) == (200, True)
    assert not Report.objects.exists()


# (unit of the report, who, status)
SCOPE = [
    ("county", "county_officer", 200),
    ("county", "prefecture_officer", 200),
    ("county", "leader", 200),
    ("county", "sibling_county_officer", 404),
    ("county", "other_prefecture_officer", 404),
    ("county", "direct_county_officer", 404),
    ("county", "station_officer", 404),
    ("prefecture", "county_officer", 404),
    ("prefecture", "other_prefecture_officer", 404),
    ("direct_county", "prefecture_officer", 404),
    ("direct_county", "province_officer", 200),
]


@pytest.mark.parametrize("name", ["detail", "progress", "download"])
@pytest.mark.parametrize(("unit", "who", "status"), SCOPE)
def test_scope(world, client, name, unit, who, status):
    report = report_on(world, getattr(world, unit))
    client.force_login(getattr(world, who))
    assert client.get(page(name, report)).status_code == status


def test_the_list_shows_the_own_area_only(world, client):
    for unit in (world.prefecture, world.county, world.other_prefecture, world.direct_county):
        report_on(world, unit)
    client.force_login(world.prefecture_officer)
    shown = [report.organisation.code for report in client.get(LIST).context["page"]]
    assert shown == ["410122", "410100"]


def test_the_download_is_an_attachment_and_is_noted(world, client):
    report = report_on(world, world.county, sha256="b" * 64)
    client.force_login(world.county_officer)
    answer = client.get(page("download", report))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 test"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="410122-2014-summary.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    event = AuditEvent.objects.get(act="report.downloaded")
    assert (event.user, event.target_id) == (world.county_officer, str(report.pk))


def test_a_report_that_is_not_ready_has_no_file_yet(world, client):
    report = report_on(world, world.county, "running")
    client.force_login(world.county_officer)
    assert client.get(page("download", report)).status_code == 409
    assert not AuditEvent.objects.filter(act="report.downloaded").exists()


def test_a_file_that_is_gone_is_said_to_be_gone(world, client):
    report = report_on(world, world.county)
    default_storage.delete(report.file.name)
    client.force_login(world.county_officer)
    assert client.get(page("download", report)).status_code == 409
    assert not AuditEvent.objects.filter(act="report.downloaded").exists()


def fragment(client, report):
    return client.get(page("progress", report)).content.decode()


@pytest.mark.parametrize(("state", "polls"), [("queued", True), ("running", True)])
def test_the_fragment_polls_while_the_report_is_under_way(world, client, state, polls):
    report = report_on(world, world.county, state, progress=45)
    client.force_login(world.county_officer)
    text = fragment(client, report)
    assert f'hx-get="{page("progress", report)}" hx-trigger="every 2s"' in text
    assert '<progress max="100" value="45"' in text
    assert "<html" not in text
    assert text.count("<noscript>") == 1
    assert page("download", report) not in text


@pytest.mark.parametrize("state", ["done", "failed"])
def test_the_fragment_stops_when_all_is_said(world, client, state):
    report = report_on(world, world.county, state, failure="x" if state == "failed" else "")
    client.force_login(world.county_officer)
    text = fragment(client, report)
    assert ("hx-trigger" in text, "<progress" in text, "<noscript>" in text) == (False,) * 3
    assert (page("download", report) in text) == (state == "done")
    assert (page("retry", report) in text) == (state == "failed")


def test_a_failed_report_is_tried_again_by_those_who_may(world, client):
    report = report_on(world, world.county, "failed", failure="<b>no fonts</b>")
    client.force_login(world.leader)
    assert "&lt;b&gt;no fonts&lt;/b&gt;" in client.get(LIST).content.decode()
    assert page("retry", report) not in fragment(client, report)
    assert client.post(page("retry", report)).status_code == 403
    client.force_login(world.other_prefecture_officer)
    assert client.post(page("retry", report)).status_code == 404
    client.force_login(world.county_officer)
    assert client.get(page("retry", report)).status_code == 405
    assert client.post(page("retry", report)).status_code == 302
    assert Report.objects.get().state == "queued"
    assert client.post(page("retry", report)).status_code == 409


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_of_the_list_is_constant(world, client, count):
    client.force_login(world.province_officer)
    for number in range(count):
        report_on(world, world.county, ("failed", "running", "done")[number])
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    assert len(queries) == 10


# --- earlier campaigns ----------------------------------------------------------------------------


@pytest.fixture
def earlier(world):
    """The campaign of the year before, closed, with one station of the county and no run."""
    row = campaign(2013, CampaignState.CLOSED)
    world.earlier_enrolment = enrolment(row, world.brigade)
    return row


def asked(client, kind, query="", **form):
    form = {"organisation": form.pop("unit").pk, "language": "zh-hans"} | form
    return client.post(reverse("reports:new", args=[kind]) + query, form)


def test_papers_of_an_earlier_campaign_are_asked_for_by_its_year(world, client, earlier):
    client.force_login(world.prefecture_officer)
    page = client.get(reverse("reports:new", args=["completeness_book"]))
    assert (page.context["years"], page.context["year"]) == ([2014, 2013], 2014)
    assert 'href="?year=2013"' in page.content.decode()
    assert (
        asked(client, "completeness_book", "?year=2013", unit=world.prefecture).status_code == 302
    )
    assert asked(client, "completeness_book", unit=world.prefecture).status_code == 302
    years = Report.objects.order_by("pk").values_list("campaign__year", flat=True)
    assert list(years) == [2013, 2014]


def test_a_paper_of_scores_offers_the_years_that_have_a_run(world, client, earlier):
    client.force_login(world.province_officer)
    assert client.get(NEW).context["years"] == [2014]
    # Without a run of that year nothing is asked for, and the page says why.
    assert client.get(NEW + "?year=2013").context["lacks_run"]
    assert asked(client, "unit_summary", "?year=2013", unit=world.prefecture).status_code == 200
    assert not Report.objects.exists()
    run = make_run_of_2013(earlier)
    assert client.get(NEW).context["years"] == [2014, 2013]
    assert asked(client, "unit_summary", "?year=2013", unit=world.prefecture).status_code == 302
    assert Report.objects.get().run == run


def make_run_of_2013(earlier):
    questionnaire(earlier)
    close_questionnaire(earlier)
    load_default_policy(campaign=earlier, by=None, now=NOW)
    return make_run(campaign=earlier, by=None, now=NOW)


@pytest.mark.parametrize("year", ["2012", "13", "x", "2015"])
def test_a_year_without_a_campaign_is_not_there(world, client, earlier, year):
    campaign(2015, CampaignState.DRAFT)
    client.force_login(world.prefecture_officer)
    address = reverse("reports:new", args=["completeness_book"])
    assert client.get(f"{address}?year={year}").status_code == 404
    assert client.get(f"{address}?year=2013").status_code == 200


def test_a_paper_about_a_task_is_of_the_tasks_campaign(world, client, earlier):
    Campaign.objects.filter(pk=earlier.pk).update(state=CampaignState.OPEN)
    Phase.objects.filter(campaign=earlier).update(ends_on="2014-12-31")
    world.earlier_enrolment.refresh_from_db()
    task = steps.task(world, world.earlier_enrolment, world.county_officer)
    client.force_login(world.county_officer)
    form = {"subject": task.pk, "language": "zh-hans", "number": "1号", "issued_on": "2014-10-25"}
    address = reverse("reports:new", args=["rectification_notice"])
    assert client.get(address).context["years"] == []
    assert client.post(address, form).status_code == 302
    assert Report.objects.get().campaign == earlier
