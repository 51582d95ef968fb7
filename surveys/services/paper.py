"""Paper ballots of a review meeting: given out, collected, typed twice by two people, counted.

The first and the second typing do not see each other. Where they differ, a person settles the
field with the sheet in hand; nothing is typed a third time. When the ballots are in the box the
typed rows go: their order and their typists would tell which ballot is which.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Enrolment
from common.errors import Denied, Incomplete, WrongMoment
from surveys.layout import Layout, layout_of
from surveys.models import BallotBatch, BatchKind, Channel, PaperSheet, Questionnaire, SurveyComment
from surveys.policies import check_can_issue, check_can_type
from surveys.services.ballots import COMMENT_LENGTH, Box, put_in, random_id
from surveys.services.batches import new_batch
from surveys.validity import pack
from surveys.workflow import BATCH


@dataclass(frozen=True)
class Difference:
    """A field that was typed in two ways. `field`: "void", "group", "comment" or "q7"."""

    sheet: int
    field: str
    first: str
    second: str


@transaction.atomic
def open_paper_batch(
    *,
    enrolment: Enrolment,
    issued: int,
    returned: int,
    note: str,
    key: str,
    by,
    now: datetime,
) -> BallotBatch:
    """Register the paper of a meeting: so many sheets given out, so many came back.

    More returned than given out makes the vote void: it is refused here.
    """
    check_can_issue(by, enrolment, now)
    if Questionnaire.objects.in_force(enrolment.campaign) is None:
        raise WrongMoment(_("There is no questionnaire yet."))
    if not 1 <= returned <= issued:
        raise Incomplete(
            _("Between one sheet and as many as were given out can come back, not more.")
        )
    batch = new_batch(
        enrolment=enrolment,
        kind=BatchKind.PAPER,
        issued=issued,
        handed_out=issued,
        returned=returned,
        note=note.strip(),
        key=key,
        by=by,
        now=now,
    )
    audit.record(
        by=by,
        act="batch.issued",
        target=batch,
        now=now,
        after={"issued": issued, "returned": returned},
    )
    return batch


def typing_of(batch: BallotBatch, user) -> int:
    """Which typing is this person's: 1, 2, or 0 when two others are typing."""
    for typing in (1, 2):
        typist = batch.sheets.filter(typing=typing).values_list("typed_by", flat=True).first()
        if typist in (None, user.pk):
            return typing
    return 0


def next_sheet(batch: BallotBatch, typing: int) -> int | None:
    """The first sheet that this typing lacks; None when it has all."""
    typed = set(batch.sheets.filter(typing=typing).values_list("number", flat=True))
    return next((n for n in range(1, batch.returned + 1) if n not in typed), None)


@transaction.atomic
def type_sheet(
    *,
    batch: BallotBatch,
    number: int,
    is_void: bool,
    group: str,
    answers: dict[int, str],
    comment: str,
    by,
    now: datetime,
) -> PaperSheet:
    """Type a sheet. Whoever begins a typing ends it; the second person is another one."""
    check_can_type(by, batch)
    BallotBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    typing = typing_of(batch, by)
    if not typing:
        raise Denied(_("Two other people are typing this batch."))
    if not 1 <= number <= batch.returned:
        raise Incomplete(_("There is no such sheet in this batch."))
    layout = layout_of(Questionnaire.objects.in_force(batch.campaign))
    if not is_void and layout.group(group) is None:
        raise Incomplete(_("Choose the respondent group of the sheet, or mark it void."))
    try:
        with transaction.atomic():
            return PaperSheet.objects.create(
                batch=batch,
                number=number,
                typing=typing,
                is_void=is_void,
                group="" if is_void else group,
                answers="" if is_void else pack(answers, layout),
                comment="" if is_void else comment.strip()[:COMMENT_LENGTH],
                typed_by=by,
            )
    except IntegrityError as error:
        raise WrongMoment(_("This sheet is typed already.")) from error


def differences(batch: BallotBatch, layout: Layout) -> list[Difference]:
    """Every field of a sheet typed twice in which the two typings differ, in order."""
    pairs: dict[int, list[PaperSheet]] = {}
    for sheet in batch.sheets.all():
        pairs.setdefault(sheet.number, []).append(sheet)
    found = []
    for number, sheets in sorted(pairs.items()):
        if len(sheets) < 2:
            continue
        first, second = (_fields(sheet, layout) for sheet in sheets)
        if first["void"] != second["void"]:
            found.append(Difference(number, "void", first["void"], second["void"]))
            continue
        found += [
            Difference(number, name, first[name], second[name])
            for name in first
            if "".join(first[name].split()) != "".join(second[name].split())
        ]
    return found


def _fields(sheet: PaperSheet, layout: Layout) -> dict[str, str]:
    answers = sheet.answers or "0" * len(layout.packed)
    fields = {"void": "1" if sheet.is_void else "", "group": sheet.group}
    fields |= {item.field: code for item, code in zip(layout.packed, answers, strict=True)}
    return fields | {"comment": sheet.comment}


@transaction.atomic
def repair(*, batch: BallotBatch, number: int, field: str, take: int, by, now: datetime) -> None:
    """Settle one field, with the sheet in hand: `take` the first (1) or the second (2) typing."""
    check_can_type(by, batch)
    sheets = list(batch.sheets.select_for_update().filter(number=number).order_by("typing"))
    if len(sheets) < 2 or take not in (1, 2):
        raise Incomplete(_("There is no such difference."))
    right, wrong = sheets[take - 1], sheets[2 - take]
    layout = layout_of(Questionnaire.objects.in_force(batch.campaign))
    if field == "void":
        wrong.is_void, wrong.group = right.is_void, right.group
        wrong.answers, wrong.comment = right.answers, right.comment
    elif field in ("group", "comment"):
        setattr(wrong, field, getattr(right, field))
    else:
        places = [place for place, item in enumerate(layout.packed) if item.field == field]
        if not places:
            raise Incomplete(_("There is no such difference."))
        (place,) = places
        code = right.answers[place]
        wrong.answers = wrong.answers[:place] + code + wrong.answers[place + 1 :]
    wrong.save()
    BallotBatch.objects.filter(pk=batch.pk).update(repaired=F("repaired") + 1)
    batch.refresh_from_db()
    audit.record(
        by=by,
        act="batch.repaired",
        target=batch,
        now=now,
        after={"sheet": number, "field": field},
    )


@transaction.atomic
def count_paper(*, batch: BallotBatch, day: date, by, now: datetime) -> int:
    """Put the sheets into the box, when every one was typed twice and nothing differs; how many.

    The typed rows are deleted; void sheets are only a number.
    """
    check_can_type(by, batch)
    BallotBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    box = Box(batch.campaign, now)
    if any(next_sheet(batch, typing) for typing in (1, 2)):
        raise Incomplete(_("Every sheet must be typed twice first."))
    if differences(batch, box.layout):
        raise Incomplete(_("Settle the differences first."))
    sheets = [sheet for sheet in batch.sheets.filter(typing=1) if not sheet.is_void]
    enrolment_id = batch.enrolment_id
    put_in(
        [
            box.ballot(s.number, enrolment_id, s.group, s.answers, Channel.PAPER, day, batch)
            for s in sheets
        ]
    )
    comments = [
        SurveyComment(id=random_id(), enrolment_id=enrolment_id, text=sheet.comment)
        for sheet in sheets
        if sheet.comment
    ]
    SurveyComment.objects.bulk_create(sorted(comments, key=lambda comment: comment.id))
    void = batch.returned - len(sheets)
    batch.sheets.all().delete()
    BATCH.apply(batch, "counted", by=by, now=now, void=void)
    return len(sheets)
