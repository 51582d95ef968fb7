"""One walk through the whole campaign in a real browser, by the people who do it.

County enters and enrols a station → it promises, inspects itself, mends → the county returns and
accepts → the prefecture accepts, and cannot where the province must → assessors score, the public
answers → the province ranks, explains, downloads → the summary is made, downloaded and mailed.
"""

import re

import pytest
from django.urls import reverse

from accounts.roles import Role
from campaign.models import Enrolment
from deliveries.models import Delivery
from deliveries.services import send_due
from evaluations.models import AcceptanceCheck, RectificationTask, SelfInspection, Standard
from reports.models import Report
from reports.tasks import make_reports
from scoring.models import StationScore
from scoring.services.policies import load_default_policy
from stations.models import Station
from surveys.models import Ballot
from surveys.services.ballots import cast_ballots
from surveys.services.questionnaires import load_questionnaire, open_questionnaire
from tests.browser.walking import follow, go, press
from tests.factories import NOW, person, small_province
from tests.survey_rows import GROUPS, QUESTIONS, SCALES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@pytest.fixture
def world():
    world = small_province()
    admin = world.province_admin
    questionnaire = load_questionnaire(
        campaign=world.campaign,
        questions=QUESTIONS,
        scales=SCALES,
        groups=GROUPS,
        by=admin,
        now=NOW,
    )
    open_questionnaire(questionnaire=questionnaire, by=admin, now=NOW)
    load_default_policy(campaign=world.campaign, by=admin, now=NOW)
    world.county_colleague = person("county_colleague", world.county, Role.COUNTY_OFFICER)
    return world


@pytest.mark.long
def test_the_whole_campaign(portal, world, tmp_path):
    station = county_enters_a_station(portal, world)
    enrolment = Enrolment.objects.with_station().get(station=station)
    task = station_promises_inspects_and_mends(portal, world, enrolment, tmp_path)
    county_returns_then_accepts(portal, world, task, tmp_path)
    prefecture_accepts_but_not_gongyi(portal, world, enrolment)
    assessors_score(portal, world, enrolment)
    public_answers(portal, enrolment)
    province_ranks_and_explains(portal, world, enrolment, tmp_path)
    province_orders_the_summary(portal, world, tmp_path)


def county_enters_a_station(portal, world):
    page = portal(world.county_officer)
    page.goto(page.site + reverse("stations:add"))
    page.fill("[name=name_zh]", "官渡镇安监站")
    page.select_option("[name=kind]", "township")
    page.select_option("[name=region]", index=1)
    page.fill("[name=head]", "李四")
    page.fill("[name=phone]", "不是电话")
    follow(page, "main form [type=submit]")
    # The bad value is named at its field, what was typed is still there.
    assert page.locator(".invalid-feedback").count() == 1
    assert page.input_value("[name=name_zh]") == "官渡镇安监站"
    page.fill("[name=phone]", "0371-62160000")
    follow(page, "main form [type=submit]")
    station = Station.objects.get(organisation__name_zh="官渡镇安监站")
    assert page.url.endswith(f"/stations/{station.code}/")
    go(page, "stations:edit", station.code)
    page.fill("[name=head]", "王五")
    follow(page, "main form [type=submit]")
    station.refresh_from_db()
    assert station.head == "王五"
    press(page, "campaign:enrol")
    assert "/campaign/enrolments/" in page.url
    return station


def station_promises_inspects_and_mends(portal, world, enrolment, tmp_path):
    """The county works on the new station's behalf; nobody has an account there yet."""
    page = portal(world.county_officer)
    go(page, "evaluations:commitments", enrolment.pk)
    page.select_option("main [name=area]", index=1)
    page.fill("main [name=content]", "首问负责，一次性告知")
    page.fill("main [name=responsible]", "王五")
    page.fill("main [name=supervision_phone]", "0371-62160000")
    follow(page, "main form:has([name=content]) [type=submit]")
    press(page, "evaluations:commitments-submit", enrolment.pk)
    colleague = portal(world.county_colleague)
    go(colleague, "evaluations:commitments", enrolment.pk)
    follow(colleague, "main button[name=decision][value=accept]")
    assert enrolment.commitments.get().published_at is not None

    criteria = list(Standard.objects.in_force(world.campaign).criteria())
    first = criteria[0]
    for number in (1, 2):
        go(page, "evaluations:self-inspection-area", enrolment.pk, number)
        for criterion in criteria:
            if criterion.area.number == number:
                page.fill(f"[name=value_{criterion.pk}]", str(criterion.points))
        if number == 1:
            page.fill(f"[name=value_{first.pk}]", str(first.points - 1))
            page.fill(f"[name=text_{first.pk}]", "公示栏未及时更新")
        follow(page, "button[name=next]")
    assert page.url.endswith("/self-inspection/")
    press(page, "evaluations:self-inspection-submit", enrolment.pk)
    inspection = SelfInspection.objects.get(enrolment=enrolment)
    assert (inspection.state, str(inspection.score)) == ("submitted", "9.0")

    # The problem becomes a finding with its task.
    item = inspection.items.get(criterion=first)
    go(page, "evaluations:self-inspection", enrolment.pk)
    press(page, "evaluations:finding-from-item", item.pk)
    task = RectificationTask.objects.get(enrolment=enrolment)
    hand_in(page, task, tmp_path, "已更新公示栏")
    return task


def hand_in(page, task, tmp_path, text):
    photo = tmp_path / "整改后.png"
    photo.write_bytes(PNG)
    go(page, "evaluations:task", task.pk)
    page.fill("main [name=owner]", "王五")
    page.fill("main [name=measure]", "更新公示栏")
    press(page, "evaluations:task-start", task.pk)
    form = f"form[action='{reverse('evaluations:task-submit', args=[task.pk])}']"
    page.fill(f"{form} [name=result]", text)
    page.set_input_files(f"{form} [type=file]", str(photo))
    follow(page, f"{form} button")
    task.refresh_from_db()
    assert task.state == "submitted"
    assert task.evidence.count() >= 1


def county_returns_then_accepts(portal, world, task, tmp_path):
    """The officer who submitted may not decide; a colleague does."""
    page = portal(world.county_officer)
    go(page, "evaluations:task", task.pk)
    assert page.locator("main [name=reason]").count() == 0
    page = portal(world.county_colleague)
    decide(page, task, "return", "请补充照片")
    task.refresh_from_db()
    assert (task.state, task.review_reason) == ("returned", "请补充照片")
    hand_in(portal(world.county_officer), task, tmp_path, "已补充照片")
    decide(portal(world.county_colleague), task, "accept", "整改到位")
    task.refresh_from_db()
    assert task.state == "accepted"


def decide(page, task, how, reason):
    go(page, "evaluations:task", task.pk)
    page.fill("main [name=reason]", reason)
    press(page, f"evaluations:task-{how}", task.pk)


def prefecture_accepts_but_not_gongyi(portal, world, enrolment):
    page = portal(world.prefecture_officer)
    record_check(page, world, enrolment)
    check = AcceptanceCheck.objects.get(enrolment=enrolment)
    assert (check.state, str(check.score)) == ("signed", "9.5")
    direct = world.direct_brigade_enrolment
    assert go(page, "evaluations:check", direct.pk).status == 404
    record_check(portal(world.province_officer), world, direct)
    assert AcceptanceCheck.objects.get(enrolment=direct).state == "signed"


def record_check(page, world, enrolment):
    go(page, "evaluations:check", enrolment.pk)
    page.fill("main [name=checked_on]", "2014-10-24")
    page.check("main [name=inspectors][value=张三]")
    page.check("main [name=inspectors][value=李四]")
    criteria = list(Standard.objects.in_force(world.campaign).criteria())
    for criterion in criteria:
        page.fill(f"[name$=value_{criterion.pk}]", "0")
    page.fill(f"[name$=value_{criteria[0].pk}]", "0.5")
    page.fill(f"[name$=text_{criteria[0].pk}]", "承诺事项缺1项")
    press(page, "evaluations:check-sign", enrolment.pk)


def assessors_score(portal, world, enrolment):
    for assessor, score in ((world.prefecture_assessor, "92"), (world.county_assessor, "88.5")):
        page = portal(assessor)
        go(page, "scoring:daily-edit", enrolment.pk)
        page.fill("main [name=score]", score)
        page.fill("main [name=basis]", "日常检查情况综合评定")
        follow(page, "main form:has([name=score]) [type=submit]")
    scores = dict(enrolment.daily_assessments.values_list("part", "score"))
    assert {part: str(score) for part, score in scores.items()} == {
        "prefecture": "92.00",
        "county": "88.50",
    }


def public_answers(portal, enrolment):
    page = portal(width=360, height=740)
    page.goto(f"{page.site}/s/{enrolment.organisation.code}/")
    page.check("[name=group][value=service]")
    for number in range(1, 11):
        page.check(f"[name=q{number}][value='1']")
    page.check("[name=q11][value='2']")
    follow(page, "button[value=review]")
    page.click("button[value=send]")
    page.wait_for_selector("#received")
    ballot = Ballot.objects.get(enrolment=enrolment)
    assert (ballot.valid, ballot.answers) == (True, "1" * 10 + "2")
    assert page.context.cookies() == [] or all(
        cookie["name"] != "sessionid" for cookie in page.context.cookies()
    )


def province_ranks_and_explains(portal, world, enrolment, tmp_path):
    rows = [
        (enrolment.pk, group, "1" * 10 + "2", "paper", NOW.date())
        for group, count in (("service", 20), ("supervisor", 6), ("society", 11))
        for _ in range(count)
    ]
    cast_ballots(rows=rows, by=world.province_admin, now=NOW)
    page = portal(world.province_officer)
    go(page, "scoring:ranking")
    press(page, "scoring:run-make")
    score = StationScore.objects.get(enrolment=enrolment)
    # 0.10 × 92 + 0.20 × 88.5 + 0.70 × 100, by hand. Of the 38 ballots, five are left out by lot
    # while others still come in.
    assert (str(score.composite), score.rank_all, score.valid_ballots) == ("96.90", 1, 33)
    go(page, "scoring:ranking")
    page.fill("main [name=q]", "官渡")
    follow(page, "main .filters button")
    assert page.locator("tbody tr").count() == 1
    assert "96.90" in page.locator("tbody tr").inner_text()
    follow(page, "tbody a")
    assert "96.90" in page.locator("main").inner_text()
    go(page, "scoring:ranking")
    with page.expect_download() as download:
        page.click(f"a[href^='{reverse('scoring:ranking-export')}']")
    assert download.value.suggested_filename.endswith(".xlsx")


def province_orders_the_summary(portal, world, tmp_path):
    page = portal(world.province_officer)
    go(page, "reports:new", "unit_summary")
    page.select_option("main form select[name=organisation]", str(world.prefecture.pk))
    follow(page, "main form:has(select[name=organisation]) [type=submit]")
    report = Report.objects.get()
    go(page, "reports:detail", report.pk)
    assert page.locator("progress").count() == 1
    make_reports()
    page.wait_for_selector(f"a[href='{reverse('reports:download', args=[report.pk])}']")
    with page.expect_download() as download:
        page.click(f"a[href='{reverse('reports:download', args=[report.pk])}']")
    target = tmp_path / "summary.pdf"
    download.value.save_as(target)
    assert target.read_bytes().startswith(b"%PDF-")
    mail = Delivery.objects.get(kind="report", user=world.prefecture_officer)
    # With those that told the station and its bureau of the signed check.
    assert set(send_due()) == {"sent"}
    mail.refresh_from_db()
    assert mail.state == "sent"
    page = portal(world.province_admin)
    go(page, "deliveries:detail", mail.pk)
    assert page.locator(".state-sent").count() == 1


@pytest.mark.one_database
def test_the_language_switches_on_every_kind_of_page(portal, world):
    page = portal(world.county_officer)
    for name in ("portal:desk", "stations:list", "evaluations:tasks", "scoring:ranking"):
        go(page, name)
        follow(page, ".language-switch button")
        assert page.locator("html").get_attribute("lang") == "en"
        text = re.sub(r"(?s)<[^>]+>", "", page.locator("h1").inner_html())
        assert not re.search(r"[\u4e00-\u9fff]", text.replace("单位", ""))
        follow(page, ".language-switch button")
        assert page.locator("html").get_attribute("lang") == "zh-hans"
