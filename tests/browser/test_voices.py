"""Two circles in a real browser: a complaint until it is closed, and a question until it is mended.

And a browser that is killed in mid-form: what was typed comes back, and is stored once.
"""

import pytest
from django.urls import reverse

from evaluations.models import MeetingQuestion, Opinion, RectificationTask
from tests.browser.walking import follow, go, press
from tests.factories import small_province

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@pytest.fixture
def world():
    return small_province()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "现场.png"
    path.write_bytes(PNG)
    return str(path)


def form_of(name, *args):
    return f"form[action='{reverse(name, args=args)}']"


def send_complaint(page, world, photo):
    """Sends a named complaint with a photo; the query code that the page shows."""
    go(page, "opinions:unit", world.brigade.code)
    page.check("[name=kind][value=complaint]")
    page.fill("[name=text]", "10月20日到窗口办理备案，被推诿三次。")
    page.fill("[name=name]", "陈建国")
    page.fill("[name=phone]", "13800001111")
    page.set_input_files("[name=files]", photo)
    follow(page, "main form button[type=submit]")
    return page.inner_text(".code")


def mend(page, task, photo, text):
    go(page, "evaluations:task", task.pk)
    start = form_of("evaluations:task-start", task.pk)
    page.fill(f"{start} [name=owner]", "王五")
    page.fill(f"{start} [name=measure]", "开展专项整改")
    follow(page, f"{start} button")
    form = form_of("evaluations:task-submit", task.pk)
    page.fill(f"{form} [name=result]", text)
    page.set_input_files(f"{form} [type=file]", photo)
    follow(page, f"{form} button[type=submit]")
    task.refresh_from_db()
    assert task.state == "submitted"


def accept(page, task):
    go(page, "evaluations:task", task.pk)
    form = form_of("evaluations:task-accept", task.pk)
    page.fill(f"{form} [name=reason]", "现场核查属实")
    press(page, "evaluations:task-accept", task.pk)
    task.refresh_from_db()
    assert task.state == "accepted"


def ask(page, code):
    go(page, "opinions:query")
    page.fill("[name=code]", code)
    follow(page, "main form button")
    return page.inner_text("main")


def test_a_complaint_comes_full_circle(portal, world, photo):
    public = portal(width=360, height=740)
    code = send_complaint(public, world, photo)
    opinion = Opinion.objects.get()
    assert (opinion.handler, opinion.files.count()) == (world.county, 1)
    assert "陈建国" not in ask(public, code)

    # The station reported sees nothing; the county takes it up and dispatches it.
    station = portal(world.station_officer)
    assert go(station, "evaluations:opinion", opinion.pk).status == 404
    county = portal(world.county_officer)
    go(county, "evaluations:opinion", opinion.pk)
    assert "陈建国" not in county.inner_text("main")
    press(county, "evaluations:opinion-accept", opinion.pk)
    form = form_of("evaluations:opinion-find", opinion.pk)
    # A text that names the complainant is held back, with what was typed.
    county.fill(f"{form} [name=finding-text]", "陈建国反映窗口推诿")
    follow(county, f"{form} button[type=submit]")
    assert county.input_value(f"{form} [name=finding-text]") == "陈建国反映窗口推诿"
    assert not RectificationTask.objects.exists()
    county.fill(f"{form} [name=finding-text]", "窗口推诿，未一次性告知")
    follow(county, f"{form} button[type=submit]")
    task = RectificationTask.objects.get()

    mend(station, task, photo, "窗口实行一次性告知")
    accept(county, task)

    # The result is the answer, and it does not satisfy.
    assert "窗口实行一次性告知" in ask(public, code)
    public.check("[name=satisfied][value=no]")
    public.fill("[name=words]", "昨天去还是推诿")
    follow(public, "main form button")
    opinion.refresh_from_db()
    task.refresh_from_db()
    assert (opinion.state, task.state) == ("accepted", "assigned")

    mend(station, task, photo, "调整窗口人员，设投诉专线")
    assert "昨天去还是推诿" not in station.inner_text("main")
    accept(county, task)
    assert "调整窗口人员" in ask(public, code)
    public.check("[name=satisfied][value=yes]")
    follow(public, "main form button")
    opinion.refresh_from_db()
    assert opinion.state == "closed"


def test_a_question_is_answered_in_writing_and_mended(portal, world, photo):
    office = portal(world.county_assessor)
    go(office, "evaluations:meeting-plan")
    office.fill("[name=title]", "面对面评议大会")
    office.fill("[name=starts_at]", "2014-10-25T09:00")
    office.fill("[name=place]", "县政府会议室")
    office.fill("[name=chair]", "李主任")
    office.fill("[name=agenda]", "站所负责人汇报\n现场质询")
    office.select_option("[name=enrolments]", [str(world.brigade_enrolment.pk)])
    follow(office, "main form [type=submit]")
    meeting = world.campaign.meetings.get()
    office.click("summary:has-text('增加代表')")
    office.select_option("[name=group]", "cppcc")
    office.fill("[name=people]", "刘委员，县政协\n王委员")
    press(office, "evaluations:meeting-delegates", meeting.pk)
    assert meeting.delegates.count() == 2

    station = portal(world.station_officer)
    report = meeting.reports.get()
    go(station, "evaluations:meeting-report", report.pk)
    for name in ("speaker", "thinking", "work", "service", "management"):
        station.fill(f"[name={name}]", "已落实")
    follow(station, "main form [type=submit]")
    report.refresh_from_db()
    assert report.is_written

    press(office, "evaluations:meeting-hold", meeting.pk)
    form = form_of("evaluations:question-ask", meeting.pk)
    office.select_option(f"{form} [name=enrolment]", str(world.brigade_enrolment.pk))
    office.select_option(f"{form} [name=delegate]", index=1)
    office.select_option(f"{form} [name=category]", "service")
    office.fill(f"{form} [name=text]", "检查时为什么不出示证件？")
    follow(office, f"{form} [type=submit]")
    question = MeetingQuestion.objects.get()
    press(office, "evaluations:question-promise", question.pk)

    go(station, "evaluations:question", question.pk)
    form = form_of("evaluations:question-reply", question.pk)
    station.fill(f"{form} textarea", "已组织培训，今后一律出示证件。")
    follow(station, f"{form} [type=submit]")
    question.refresh_from_db()
    assert question.state == "answered"

    county = portal(world.county_officer)
    go(county, "evaluations:question", question.pk)
    press(county, "evaluations:question-find", question.pk)
    task = RectificationTask.objects.get()
    assert task.finding.source == "meeting"
    mend(station, task, photo, "已培训并配发证件")
    accept(county, task)


def test_a_killed_browser_loses_nothing_and_stores_nothing_twice(browser, live_server, world):
    # Closed without a word, as a killed browser is; what it kept on disk is its storage.
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    address = live_server.url + reverse("opinions:unit", args=[world.brigade.code])
    page.goto(address)
    page.check("[name=kind][value=complaint]")
    page.fill("[name=text]", "窗口推诿三次")
    page.check("[name=concerns_bureau]")
    key = page.input_value("[name=key]")
    memory = context.storage_state()
    page.close(run_before_unload=False)
    context.close()

    # Without the memory nothing comes back; with it everything does, and the form's key too.
    for state, text in ((None, ""), (memory, "窗口推诿三次")):
        context = browser.new_context(locale="zh-CN", storage_state=state)
        page = context.new_page()
        page.goto(address)
        assert page.input_value("[name=text]") == text
        if state is None:
            context.close()
    assert page.is_checked("[name=kind][value=complaint]")
    assert page.is_checked("[name=concerns_bureau]")
    assert page.input_value("[name=key]") == key
    follow(page, "main form button[type=submit]")
    assert page.locator(".code").count() == 1
    # Acknowledged, so it is forgotten.
    page.goto(address)
    assert page.input_value("[name=text]") == ""
    context.close()
    # Had the acknowledgement been lost on the way, the same form again is the same opinion.
    context = browser.new_context(locale="zh-CN", storage_state=memory)
    page = context.new_page()
    page.goto(address)
    follow(page, "main form button[type=submit]")
    assert page.locator(".code").count() == 1
    assert Opinion.objects.count() == 1
    context.close()


def test_what_an_officer_types_survives_until_it_is_saved(portal, world):
    page = portal(world.county_assessor)
    go(page, "evaluations:meeting-plan")
    page.fill("[name=title]", "面对面评议大会")
    site, context = page.site, page.context
    page.close()
    page = context.new_page()
    page.site = site
    go(page, "evaluations:meeting-plan")
    assert page.input_value("[name=title]") == "面对面评议大会"
    page.fill("[name=starts_at]", "2014-10-25T09:00")
    page.fill("[name=place]", "会议室")
    page.fill("[name=chair]", "李主任")
    page.fill("[name=agenda]", "汇报")
    page.select_option("[name=enrolments]", [str(world.brigade_enrolment.pk)])
    follow(page, "main form [type=submit]")
    assert page.locator(".alert-success").count() == 1
    assert world.campaign.meetings.count() == 1
    go(page, "evaluations:meeting-plan")
    assert page.input_value("[name=title]") == ""
