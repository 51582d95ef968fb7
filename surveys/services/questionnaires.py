"""Writing a questionnaire, and freezing it when it opens."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, WrongMoment
from surveys.models import (
    Ballot,
    Question,
    Questionnaire,
    QuestionType,
    RespondentGroup,
    Scale,
    ScaleOption,
)
from surveys.policies import check_can_load_questionnaire, check_can_open_questionnaire

VALID_SHARE = Decimal("0.8")
MAX_PACKED = Ballot._meta.get_field("answers").max_length


@transaction.atomic
def load_questionnaire(
    *,
    campaign: Campaign,
    questions: Iterable[Mapping[str, str]],
    scales: Iterable[Mapping[str, str]],
    groups: Iterable[Mapping[str, str]],
    by,
    now: datetime,
    valid_share: Decimal = VALID_SHARE,
) -> Questionnaire:
    """Write a new version of the campaign's questionnaire, not yet frozen.

    The rows are those of `data/questionnaire.csv`, `questionnaire_scales.csv` and
    `respondent_groups.csv`; only the scales that a question uses are kept. Raises `Denied`,
    `WrongMoment` once there are ballots, `Incomplete` with the row at fault.
    """
    check_can_load_questionnaire(by, campaign)
    questions, scales, groups = list(questions), list(scales), list(groups)
    last = campaign.questionnaires.aggregate(last=Max("version"))["last"] or 0
    questionnaire = Questionnaire.objects.create(
        campaign=campaign, version=last + 1, valid_share=valid_share
    )
    used = {row["scale_code"] for row in questions if row["type"] != QuestionType.TEXT}
    written = _write_scales(questionnaire, [row for row in scales if row["scale_code"] in used])
    _write_questions(questionnaire, questions, written)
    _write_groups(questionnaire, groups)
    audit.record(
        by=by,
        act="questionnaire.loaded",
        target=questionnaire,
        now=now,
        after={"questions": len(questions), "groups": [row["group_code"] for row in groups]},
    )
    return questionnaire


def load_default(*, campaign: Campaign, by, now: datetime) -> Questionnaire:
    """A new version as the portal ships it (data/questionnaire.csv and its scales and groups)."""
    return load_questionnaire(
        campaign=campaign,
        questions=_shipped("questionnaire.csv"),
        scales=_shipped("questionnaire_scales.csv"),
        groups=_shipped("respondent_groups.csv"),
        by=by,
        now=now,
    )


def _shipped(name: str) -> list[dict]:
    with (settings.BASE_DIR / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def open_questionnaire(*, questionnaire: Questionnaire, by, now: datetime) -> Questionnaire:
    """Freeze a version: from now on the public page shows it and nothing in it changes."""
    check_can_open_questionnaire(by, questionnaire)
    _check_whole(questionnaire)
    digest = content_digest(questionnaire)
    won = Questionnaire.objects.filter(pk=questionnaire.pk, frozen_at=None).update(
        frozen_at=now, digest=digest
    )
    if not won:
        raise WrongMoment(_("This version of the questionnaire is frozen already."))
    questionnaire.frozen_at, questionnaire.digest = now, digest
    audit.record(
        by=by,
        act="questionnaire.opened",
        target=questionnaire,
        now=now,
        after={"digest": digest},
    )
    return questionnaire


def content_digest(questionnaire: Questionnaire) -> str:
    """SHA-256 over everything that a person reads and that a ballot means."""
    content = {
        "valid_share": str(questionnaire.valid_share.normalize()),
        "questions": [
            [row.number, row.area_number, row.area_zh, row.area_en, row.type, row.text_zh]
            + [row.text_en, str(row.weight.normalize()), row.scale and row.scale.code, row.required]
            for row in questionnaire.questions.select_related("scale")
        ],
        "options": [
            [row.scale.code, row.number, row.text_zh, row.text_en, row.counts, row.satisfied]
            for row in ScaleOption.objects.filter(scale__questionnaire=questionnaire)
            .select_related("scale")
            .order_by("scale__code", "number")
        ],
        "groups": [
            [row.code, row.name_zh, row.name_en, row.hint_zh] for row in questionnaire.groups.all()
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _write_scales(questionnaire, rows) -> dict[str, Scale]:
    codes = sorted({row["scale_code"] for row in rows})
    scales = {code: Scale.objects.create(questionnaire=questionnaire, code=code) for code in codes}
    for row in rows:
        number = _whole(row["option_no"], "option_no")
        if not 1 <= number <= 9:
            raise Incomplete(
                _("Scale %(scale)s: an option needs a number from 1 to 9.")
                % {"scale": row["scale_code"]}
            )
    if len({(row["scale_code"], int(row["option_no"])) for row in rows}) != len(rows):
        raise Incomplete(_("Two options of a scale have the same number."))
    ScaleOption.objects.bulk_create(
        ScaleOption(
            scale=scales[row["scale_code"]],
            number=int(row["option_no"]),
            text_zh=row["option_zh"],
            text_en=row["option_en"],
            counts=row["counts_as_valid"] == "1",
            satisfied=row["counts_as_satisfied"] == "1",
        )
        for row in rows
    )
    return scales


def _write_questions(questionnaire, rows, scales) -> None:
    new = []
    for row in rows:
        if row["type"] not in QuestionType.values:
            raise Incomplete(
                _("Question %(number)s: “%(value)s” is no type of question.")
                % {"number": row["q_no"], "value": row["type"]}
            )
        is_text = row["type"] == QuestionType.TEXT
        scale = None if is_text else scales.get(row["scale_code"])
        if not is_text and scale is None:
            raise Incomplete(
                _("Question %(number)s: there is no scale “%(scale)s”.")
                % {"number": row["q_no"], "scale": row["scale_code"]}
            )
        weight = _weight(row)
        if weight and row["type"] != QuestionType.SINGLE:
            raise Incomplete(
                _("Question %(number)s: only a single choice on a scale can have a weight.")
                % {"number": row["q_no"]}
            )
        new.append(
            Question(
                questionnaire=questionnaire,
                number=_whole(row["q_no"], "q_no"),
                area_number=_whole(row["area_no"], "area_no"),
                area_zh=row["area_zh"],
                area_en=row["area_en"],
                type=row["type"],
                text_zh=row["question_zh"],
                text_en=row["question_en"],
                weight=weight,
                scale=scale,
                required=row["required"] == "1",
            )
        )
    _check_questions(new)
    Question.objects.bulk_create(new)


def _check_questions(questions) -> None:
    if len({question.number for question in questions}) != len(questions):
        raise Incomplete(_("Two questions have the same number."))
    if not any(question.weight for question in questions):
        raise Incomplete(_("No question has a weight, so nothing would be scored."))
    if sum(question.type != QuestionType.TEXT for question in questions) > MAX_PACKED:
        raise Incomplete(
            _("A questionnaire has at most %(number)s questions to tick.") % {"number": MAX_PACKED}
        )
    if sum(question.type == QuestionType.YES_NO for question in questions) > 1:
        raise Incomplete(_("A questionnaire has at most one yes-no question."))


def _check_whole(questionnaire: Questionnaire) -> None:
    """Refuse to freeze a version in which something lacks."""
    _check_questions(list(questionnaire.questions.all()))
    if not questionnaire.groups.exists():
        raise Incomplete(_("A questionnaire needs respondent groups, each with a code of its own."))
    scales = questionnaire.scales.annotate(number=Count("options"))
    for code, number in scales.values_list("code", "number"):
        if number < 2:
            raise Incomplete(
                _("Scale %(scale)s: a scale has two options or more.") % {"scale": code}
            )


def _write_groups(questionnaire, rows) -> None:
    if not rows or len({row["group_code"] for row in rows}) != len(rows):
        raise Incomplete(_("A questionnaire needs respondent groups, each with a code of its own."))
    RespondentGroup.objects.bulk_create(
        RespondentGroup(
            questionnaire=questionnaire,
            code=row["group_code"],
            position=position,
            name_zh=row["group_zh"],
            name_en=row["group_en"],
            hint_zh=row.get("subgroups_zh", "").replace(";", "、"),
        )
        for position, row in enumerate(rows, 1)
    )


def _whole(text, column) -> int:
    try:
        return int(text)
    except ValueError:
        raise Incomplete(
            _("Column %(column)s: “%(value)s” is not a whole number.")
            % {"column": column, "value": text}
        ) from None


def _weight(row) -> Decimal:
    try:
        weight = Decimal(row["weight"])
    except InvalidOperation:
        weight = Decimal(-1)
    if not weight.is_finite() or weight < 0:
        raise Incomplete(
            _("Question %(number)s: the weight is a number, zero or more.")
            % {"number": row["q_no"]}
        )
    return weight
