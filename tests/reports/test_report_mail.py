"""Papers by mail: the office's words, sending by hand, schedules, links, the way out."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from accounts.models import AuditEvent
from common.errors import Denied, Incomplete, WrongMoment
from deliveries.models import Delivery
from deliveries.services import message_of
from reports.forms import WordsForm
from reports.mail.office import keep_rules, keep_words
from reports.mail.schedules import carry_out_schedules, last_due, set_usual_schedules
from reports.mail.sending import (
    LINK_SALT,
    linked_report,
    mail_to_officers,
    send_report,
    unsubscribe,
)
from reports.mail.words import OCCASIONS, fill, write_letter
from reports.models import MailSchedule, MailTemplate, Report, ReportRules, ScheduledRound
from reports.services import request_report
from reports.views import papers
from tests.factories import NOW, at, small_province
from tests.reports.papers import with_run


@pytest.fixture
def world(db, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    return with_run(small_province())


def ready(world, kind="unit_summary", unit=None, **fields):
    report = request_report(
        kind=kind,
        organisation=unit or world.county,
        campaign=world.campaign,
        run=world.run,
        by=world.province_officer,
        now=NOW,
    )
    name = default_storage.save("reports/x.pdf", ContentFile(b"%PDF-"))
    changes = {"state": "done", "file": name, "sha256": "a" * 64, "size": 5, "finished_at": NOW}
    Report.objects.filter(pk=report.pk).update(**changes | fields)
    report.refresh_from_db()
    return report


def send(world, report, users=(), addresses=(), note="请阅", by=None):
    return send_report(
        report=report,
        users=users,
        addresses=addresses,
        note=note,
        by=by or world.province_officer,
        now=NOW,
    )


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{unit}!", "郑州!"),
        ("{unit}{unit}", "郑州郑州"),
        ("{nobody}", "{nobody}"),
        ("{unit.name} {0} {} {unit!r} {{unit}}", "{unit.name} {0} {} {unit!r} {郑州}"),
        (
            "{% include 'x' %}{{ settings.SECRET_KEY }}",
            "{% include 'x' %}{{ settings.SECRET_KEY }}",
        ),
    ],
)
def test_only_known_words_in_braces_are_replaced(text, filled):
    assert fill(text, {"unit": "郑州"}) == filled


def test_what_is_put_in_is_not_read_again():
    assert fill("{note}", {"note": "{digest}", "digest": "secret"}) == "{digest}"


def test_html_holds_no_markup_of_anybody():
    letter = write_letter(
        "{unit}",
        "<b>{unit}</b>\n\n{note}",
        {"unit": "<script>x</script>", "note": "a\nb"},
        demonstration=False,
    )
    assert "<script>" not in letter.html
    assert "&lt;b&gt;&lt;script&gt;" in letter.html
    assert "a<br>b" in letter.html
    assert letter.text == "<b><script>x</script></b>\n\na\nb\n"


def test_addresses_are_links_where_chinese_leaves_no_blank():
    letter = write_letter(
        "{unit}",
        "平台页面：http://portal.example/reports/1/?a=1&b=2。核验：https://portal.example/v/ABC.",
        {"unit": "郑州"},
        demonstration=False,
    )
    first = "http://portal.example/reports/1/?a=1&amp;b=2"
    assert f'<a href="{first}">{first}</a>。' in letter.html
    assert '<a href="https://portal.example/v/ABC">https://portal.example/v/ABC</a>.' in letter.html


def test_a_long_address_is_shown_by_its_beginning_and_leads_to_its_end():
    address = f"https://portal.example/reports/link/{'x' * 90}/"
    letter = write_letter("{unit}", address, {"unit": "郑州"}, demonstration=False)
    assert f'<a href="{address}">{address[:56]}…</a>' in letter.html
    assert address in letter.text


def test_unknown_words_are_an_error_at_the_field(db):
    form = WordsForm(
        {"subject": "{unit}", "text": "{nobody} {note}"}, occasion=OCCASIONS["summary"]
    )
    assert list(form.errors) == ["text"]
    assert WordsForm({"subject": "x", "text": "{unit}"}, occasion=OCCASIONS["summary"]).is_valid()


def test_the_office_s_words_stand_in_the_mail(world):
    keep_words(
        occasion="sent",
        language="zh-hans",
        subject="转发{unit}材料",
        text="{name}：{note}",
        by=world.province_admin,
        now=NOW,
    )
    send(world, ready(world), [world.county_officer])
    delivery = Delivery.objects.get()
    assert delivery.subject == f"转发{world.county.name_zh}材料"
    assert delivery.text == f"{world.county_officer.name}：请阅\n"
    event = AuditEvent.objects.get(act="mail.words_changed")
    assert event.after["subject"] == "转发{unit}材料"


def test_only_the_provincial_administrator_keeps_words_and_rules(world):
    with pytest.raises(Denied):
        keep_words(
            occasion="sent",
            language="en",
            subject="x",
            text="x",
            by=world.province_officer,
            now=NOW,
        )
    with pytest.raises(Denied):
        keep_rules(rules=ReportRules.of(world.campaign), by=world.county_officer, now=NOW)
    assert not MailTemplate.objects.exists()


def test_a_preview_changes_nothing(world, client, settings):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    client.force_login(world.province_admin)
    address = reverse("reports:words", args=["sent", "en"])
    answer = client.post(address, {"subject": "{unit}", "text": "{note}", "preview": "1"})
    assert "«what the sender added»" in answer.context["preview"].text
    assert not MailTemplate.objects.exists()
    client.post(address, {"subject": "{unit}", "text": "{note}", "save": "1"})
    assert MailTemplate.objects.get().text == "{note}"


# --- by hand --------------------------------------------------------------------------------------


def test_a_paper_goes_once_to_each_in_their_language(world):
    world.county_officer.language = "en"
    world.county_officer.save()
    report = ready(world)
    people = [world.county_officer, world.prefecture_officer]
    assert send(world, report, people, ["x@example.com"]) == 3
    send(world, report, people, ["x@example.com"])
    sent = {delivery.address: delivery for delivery in Delivery.objects.all()}
    assert len(sent) == 3
    assert "Good day" in sent[world.county_officer.email].text
    assert "Good day" not in sent[world.prefecture_officer.email].text
    assert {delivery.attachment for delivery in sent.values()} == {report.file.name}
    assert set(report.deliveries.all()) == set(sent.values())
    assert AuditEvent.objects.filter(act="report.sent").count() == 2


def test_a_confidential_paper_travels_as_a_link_for_its_reader_alone(world):
    report = ready(world, "ranking_list", world.county)
    with pytest.raises(Incomplete):
        send(world, report, [], ["x@example.com"])
    send(world, report, [world.county_officer])
    delivery = Delivery.objects.get()
    assert delivery.attachment == ""
    token = delivery.text.split("/reports/link/")[1].split("/")[0]
    assert linked_report(token, world.county_officer) == report
    with pytest.raises(WrongMoment):
        linked_report(token, world.prefecture_officer)
    with pytest.raises(WrongMoment):
        linked_report(token[:-1] + "x", world.county_officer)


def test_a_large_paper_travels_as_a_link(world):
    ReportRules.objects.create(campaign=world.campaign, attachment_kilobytes=1)
    send(world, ready(world, size=1024), [world.county_officer])
    send(world, ready(world, unit=world.prefecture, size=1025), [world.county_officer])
    assert [bool(row.attachment) for row in Delivery.objects.order_by("pk")] == [True, False]


def test_a_link_expires(world, monkeypatch):
    report = ready(world)
    token = signing.dumps({"report": report.pk, "user": world.county_officer.pk}, salt=LINK_SALT)
    assert linked_report(token, world.county_officer) == report
    ReportRules.objects.create(campaign=world.campaign, link_days=1)
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 86400 + 60)
    with pytest.raises(WrongMoment):
        linked_report(token, world.county_officer)


def test_what_is_not_ready_is_not_sent(world):
    with pytest.raises(WrongMoment):
        send(world, ready(world, state="queued"), [world.county_officer])
    with pytest.raises(Denied):
        send(world, ready(world), [world.county_officer], by=world.leader)


def test_the_mail_has_text_html_logo_and_a_way_out(world):
    set_usual_schedules(campaign=world.campaign, by=world.province_admin, now=NOW)
    carry_out_schedules(now=at("2014-10-27 08:00"))
    report = Report.objects.get(organisation=world.county)
    ready_again = ready(world, unit=world.sibling_county)
    from_schedule = _mailed(report)
    message = message_of(from_schedule).message()
    kinds = [part.get_content_type() for part in message.walk()]
    assert {"text/plain", "text/html", "image/png"} <= set(kinds)
    assert message["List-Unsubscribe"].startswith("<http")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    send(world, ready_again, [world.county_officer])
    by_hand = message_of(Delivery.objects.latest("pk")).message()
    assert by_hand["List-Unsubscribe"] is None


def _mailed(report):
    from_storage = default_storage.save("reports/y.pdf", ContentFile(b"%PDF-"))
    Report.objects.filter(pk=report.pk).update(
        state="done", file=from_storage, sha256="b" * 64, size=5, finished_at=NOW
    )
    report.refresh_from_db()
    mail_to_officers(report=report, now=NOW)
    return report.deliveries.get()


# --- by the calendar ------------------------------------------------------------------------------


def test_weekly_to_counties_once_a_week(world):
    """Set up on Saturday 25 October: the first round is on Monday the 27th at eight."""
    set_usual_schedules(campaign=world.campaign, by=world.province_admin, now=NOW)
    assert carry_out_schedules(now=at("2014-10-27 07:59")) == 0
    # Three of the four county bureaus have an officer.
    assert carry_out_schedules(now=at("2014-10-27 08:00")) == 3
    assert carry_out_schedules(now=at("2014-10-27 08:05")) == 0
    assert carry_out_schedules(now=at("2014-10-30 08:00")) == 0
    kinds = set(Report.objects.values_list("organisation__kind", "requested_by"))
    assert kinds == {("county", None)}
    # Monday 3 November; in between the month began for the prefectures.
    assert carry_out_schedules(now=at("2014-11-01 08:00")) >= 3
    assert carry_out_schedules(now=at("2014-11-03 08:00")) == 3


def test_the_province_hears_after_each_phase(world):
    """The implementation phase ends on 31 October."""
    MailSchedule.objects.create(
        campaign=world.campaign, audience="province", rhythm="phase_end", starts_on=NOW.date()
    )
    assert carry_out_schedules(now=at("2014-10-31 23:00")) == 0
    assert carry_out_schedules(now=at("2014-11-01 08:00")) == 1
    assert carry_out_schedules(now=at("2014-11-02 08:00")) == 0
    assert ScheduledRound.objects.get().period == "implementation"


@pytest.mark.parametrize(
    ("rhythm", "day", "now", "period", "due"),
    [
        ("weekly", 1, "2014-10-27 08:00", "2014-W44", "2014-10-27 08:00"),
        ("weekly", 1, "2014-10-27 07:00", "2014-W43", "2014-10-20 08:00"),
        ("weekly", 7, "2014-10-27 08:00", "2014-W43", "2014-10-26 08:00"),
        ("monthly", 1, "2014-11-01 08:00", "2014-11", "2014-11-01 08:00"),
        ("monthly", 28, "2014-11-01 08:00", "2014-10", "2014-10-28 08:00"),
        ("monthly", 5, "2015-01-01 08:00", "2014-12", "2014-12-05 08:00"),
    ],
)
def test_the_latest_period(world, rhythm, day, now, period, due):
    schedule = MailSchedule(campaign=world.campaign, rhythm=rhythm, day=day, hour=8)
    assert last_due(schedule, at(now)) == (period, at(due))


def test_nothing_goes_to_who_ended_it_nor_by_a_schedule_that_is_off(world):
    set_usual_schedules(campaign=world.campaign, by=world.province_admin, now=NOW)
    unsubscribe(user=world.county_officer, now=NOW)
    assert carry_out_schedules(now=at("2014-10-27 08:00")) == 2
    MailSchedule.objects.update(active=False)
    assert carry_out_schedules(now=at("2014-11-03 08:00") + timedelta(days=7)) == 0


# --- the page -------------------------------------------------------------------------------------


class FormsOf(HTMLParser):
    """Where each form of a page is sent, with the names of its fields."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append((attrs.get("action", ""), []))
        elif self.forms and "name" in attrs:
            self.forms[-1][1].append(attrs["name"])


def offered(page):
    return {user.username for user in page.context["send_form"].fields["users"].queryset}


def test_the_form_on_the_papers_page_sends_it(world, client):
    client.force_login(world.province_officer)
    report = ready(world)
    page = client.get(reverse("reports:detail", args=[report.pk]))
    (address,) = (
        action for action, names in FormsOf(page.content.decode()).forms if "users" in names
    )
    answer = client.post(address, {"users": [world.county_officer.pk], "note": "请阅"})
    assert answer.status_code == 302
    assert Delivery.objects.get(reports=report).user == world.county_officer


def test_of_many_people_those_around_the_own_unit_are_offered(world, client, monkeypatch):
    monkeypatch.setattr(papers, "IN_A_LIST", 1)
    client.force_login(world.province_officer)
    address = reverse("reports:detail", args=[ready(world).pk])
    near = offered(client.get(address))
    assert "prefecture_officer" in near
    assert "county_officer" not in near
    below = offered(client.get(address, {"unit": world.prefecture.code}))
    assert {"prefecture_officer", "county_officer"} <= below
    assert "province_officer" not in below
