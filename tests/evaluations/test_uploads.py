"""Files in every form that takes them: a bad one or too many get a clear line, and what was typed
stays; the twin is a good file sent with the same words."""

import io
import json
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from PIL import Image

from common.models import UploadLimits
from evaluations.models import AcceptanceCheck, CheckScore, Evidence, Standard, Veto
from tests.matrix_world import TARGETS
from tests.test_access_matrix import DEMONSTRATION
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

WORDS = "灭火器已于十月二十日更换，登记表见附件，请予核实。"
LOST = "本次选择的文件没有保存，请重新选择。"


@dataclass
class Form:
    """A form with its file field, filled in rightly; `who` sends it. `most`: files at once."""

    name: str
    target: str
    who: str
    field: str
    data: dict
    most: int = 2

    def __str__(self):
        return self.name


def a_picture():
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    return SimpleUploadedFile("现场.jpg", content.getvalue(), "image/jpeg")


def a_page():
    """HTML that calls itself a picture."""
    return SimpleUploadedFile("现场.jpg", b"<script>alert(1)</script>", "image/jpeg")


FORMS = [
    Form(
        "evaluations:findings",
        "enrolment",
        "cnty",
        "files",
        {"source": "meeting", "category": "work", "severity": "minor", "text": WORDS, "key": "k"},
    ),
    Form(
        "evaluations:fulfilments",
        "published-commitment",
        "stat",
        "files",
        {"status": "kept", "seen_on": "2014-10-24", "text": WORDS, "key": "k"},
    ),
    Form(
        "evaluations:commitment-edit",
        "commitment",
        "stat",
        "board",
        {"content": WORDS, "responsible": "张三", "supervision_phone": "0371-1", "key": "k"},
        most=1,
    ),
    Form("evaluations:task-submit", "task-in-progress", "stat", "files", {"result": WORDS}),
    Form(
        "evaluations:check",
        "enrolment",
        "pref",
        "files_{criterion}",
        {
            "version": "{version}",
            "checked_on": "2014-10-24",
            "value_{criterion}": "1",
            "text_{criterion}": WORDS,
        },
    ),
    Form(
        "evaluations:check-reply",
        "signed-agree",
        "cty2",
        "files_{score}",
        {"decision": "object", "text_{score}": WORDS},
    ),
    Form(
        "evaluations:secret-visit",
        "secret-visit",
        "poff",
        "files",
        {"text": WORDS, "category": "work", "severity": "minor", "key": "k"},
    ),
    Form("evaluations:veto-reply", "veto", "sta2", "files", {"text": WORDS}),
    Form(
        "opinions:unit",
        "unit",
        "anon",
        "files",
        {"kind": "opinion", "group": "public", "text": WORDS},
        most=3,
    ),
    Form("campaign:submission-edit", "plan-kind", "pref", "file", {"text": WORDS}, most=0),
    Form(
        "scoring:daily-edit",
        "enrolment",
        "acty",
        "file",
        {"score": "90", "basis": WORDS, "version": "1"},
        most=0,
    ),
]
every_form = pytest.mark.parametrize("form", FORMS, ids=str)


def filled(form, world):
    """(address, data, the name of the file field), with this world's numbers put in."""
    args, _data = TARGETS[form.target](world)
    criterion = Standard.objects.in_force(world.campaign).criteria()[0]
    score = CheckScore.objects.filter(check_of__enrolment=world.sibling_brigade_enrolment).first()
    check = AcceptanceCheck.objects.get(enrolment=world.brigade_enrolment)
    numbers = {"criterion": criterion.pk, "score": score.pk, "version": check.version}
    data = {key.format(**numbers): value.format(**numbers) for key, value in form.data.items()}
    if form.field == "board":
        data["area"] = world.commitment.area_id
    return reverse(form.name, args=args), data, form.field.format(**numbers)


def is_taken(response):
    """Most forms lead on; the public's shows the query code at once."""
    return response.status_code == 302 or "请抄下或拍照保存" in response.content.decode()


def post(world, form, files):
    Veto.objects.filter(pk=world.veto.pk).update(reply_due_on="2014-10-31")
    address, data, field = filled(form, world)
    return world.visitors.ask(form.who, "POST", address, data | {field: files})


@pytest.mark.django_db
@every_form
@override_settings(**DEMONSTRATION)
def test_a_bad_file_gets_a_clear_line_and_the_words_stay(form, world):
    response = post(world, form, [a_page()] if form.most else a_page())
    page = response.content.decode()
    assert response.status_code == 200
    assert "“现场.jpg”不是" in page
    assert WORDS in page
    assert LOST in page
    # The twin: the same words with a good file.
    assert is_taken(post(world, form, [a_picture()] if form.most else a_picture()))


@pytest.mark.django_db
@pytest.mark.parametrize("form", [form for form in FORMS if form.most], ids=str)
@override_settings(**DEMONSTRATION)
def test_too_many_files_get_a_clear_line_and_the_words_stay(form, world):
    UploadLimits.objects.update_or_create(pk=1, defaults={"files": 2})
    response = post(world, form, [a_picture() for _ in range(form.most + 1)])
    page = response.content.decode()
    assert response.status_code == 200
    assert f"最多{form.most}个文件" in page
    assert WORDS in page
    assert is_taken(post(world, form, [a_picture() for _ in range(form.most)]))


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_files_that_are_there_already_count(world):
    """Two of two: the third is refused, whichever form adds it."""
    UploadLimits.objects.update_or_create(pk=1, defaults={"files": 2})
    form = next(form for form in FORMS if form.name == "evaluations:task-submit")
    there = Evidence.objects.create(
        enrolment=world.brigade_enrolment,
        file="x",
        name="x.pdf",
        content_type="application/pdf",
        size=1,
        sha256="1" * 64,
        uploaded_by=world.station_officer,
        uploaded_at="2014-10-20T00:00Z",
    )
    world.task_in_progress.evidence.add(there)
    assert post(world, form, [a_picture()]).status_code == 302
    refused = post(world, form, [a_picture(), a_picture()])
    assert refused.status_code == 200
    assert "最多 2 个文件，现已有 1 个。" in refused.content.decode()


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_the_self_inspection_counts_the_files_of_each_criterion(world):
    UploadLimits.objects.update_or_create(pk=1, defaults={"files": 2})
    criterion = Standard.objects.in_force(world.campaign).criteria()[0]
    enrolment = world.township_enrolment
    address = reverse("evaluations:self-inspection-area", args=[enrolment.pk, 1])
    data = {f"text_{criterion.pk}": WORDS}

    def send(number):
        files = {f"files_{criterion.pk}": [a_picture() for _ in range(number)]}
        return world.visitors.ask("sta2", "POST", address, data | files)

    refused = send(3)
    assert refused.status_code == 200
    assert "最多2个文件" in refused.content.decode()
    assert WORDS in refused.content.decode()
    assert send(2).status_code == 302


@pytest.mark.django_db
@override_settings(**DEMONSTRATION)
def test_a_change_from_the_site_counts_them_too(world):
    UploadLimits.objects.update_or_create(pk=1, defaults={"files": 2})
    criterion = Standard.objects.in_force(world.campaign).criteria()[0]
    address = reverse("evaluations:onsite-change", args=[world.brigade_enrolment.pk])

    def send(number):
        data = {
            "key": "0" * 31 + str(number),
            "criterion": criterion.pk,
            "base": "0",
            "deduction": "1",
            "reason": WORDS,
            "recorded_on": "2014-10-24",
            "files": [a_picture() for _ in range(number)],
        }
        return world.visitors.ask("pref", "POST", address, data)

    assert send(3).status_code == 422
    assert "最多2个文件" in json.loads(send(3).content)["refused"][0]
    assert send(2).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "target", "who"),
    [
        ("evaluations:findings", "enrolment", "cnty"),
        ("campaign:submission-edit", "plan-kind", "pref"),
        ("opinions:unit", "unit", "anon"),
    ],
)
@override_settings(**DEMONSTRATION)
def test_the_form_tells_the_limit_in_force(world, name, target, who):
    args, _data = TARGETS[target](world)
    address = reverse(name, args=args)

    def page():
        return world.visitors.ask(who, "GET", address).content.decode()

    assert "不超过10 MB" in page().replace("不超过 ", "不超过")
    UploadLimits.objects.update_or_create(pk=1, defaults={"megabytes": 3})
    shown = page().replace("不超过 ", "不超过")
    assert "不超过3 MB" in shown
    assert "10 MB" not in shown
    assert "%(limit)s" not in shown
