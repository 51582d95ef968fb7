"""Daily assessment (日常考核): one level's score of a station, with its basis."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, Enrolment, ObligationKind
from campaign.services.obligations import meet
from common.errors import WrongMoment
from common.uploads import CheckedFile
from scoring.models import DailyAssessment, Part
from scoring.policies import check_can_assess

BASIS_MIN_LENGTH = 5


class Overtaken(WrongMoment):
    """Somebody else saved the same score in the meantime; nothing was overwritten."""


def problem_of(score: Decimal, basis: str) -> str:
    """What is wrong with a score and its basis; empty when nothing is."""
    if not isinstance(score, Decimal) or not score.is_finite() or not 0 <= score <= 100:
        return _("The score is a number from 0 to 100.")
    if score != round(score, 2):
        return _("The score has at most two decimal places.")
    if len(basis.strip()) < BASIS_MIN_LENGTH:
        return _("The basis says in at least five characters why the score was given.")
    return ""


def _values(score: Decimal, basis: str) -> dict:
    return {"score": f"{score:.2f}", "basis": basis}


@transaction.atomic
def give_daily_score(
    *,
    enrolment: Enrolment,
    part: str,
    score: Decimal,
    basis: str,
    by,
    now: datetime,
    expected_version: int,
    file: CheckedFile | None = None,
) -> DailyAssessment:
    """Give or change the daily score (0 to 100) of one level. `file` backs it; without one, a file
    given before stays.

    `expected_version` is the version that the person saw, 0 where there was no score yet. The same
    values sent twice are one act. Raises `Denied`, `WrongMoment`, `ValidationError`, and
    `Overtaken` when somebody else saved in the meantime.
    """
    check_can_assess(by, enrolment, part, now)
    basis = basis.strip()
    if problem := problem_of(score, basis):
        raise ValidationError(problem)
    new = {"score": score, "basis": basis, "given_by": by, "given_at": now}
    row, created = DailyAssessment.objects.get_or_create(
        enrolment=enrolment, part=part, defaults=new
    )
    before = {} if created else _values(row.score, row.basis)
    if not created:
        if (row.score, row.basis, row.given_by_id) == (score, basis, by.pk) and file is None:
            return row
        won = DailyAssessment.objects.filter(pk=row.pk, version=expected_version).update(
            **new, version=expected_version + 1
        )
        if not won:
            raise Overtaken(_("Somebody else saved this score in the meantime."))
        row.refresh_from_db()
    if file is not None:
        _keep_file(row, file)
    audit.record(
        by=by,
        act="daily_score.given" if created else "daily_score.changed",
        target=row,
        now=now,
        before=before,
        after=_values(score, basis) | ({"file": file.sha256} if file else {}),
    )
    meet(
        campaign=enrolment.campaign,
        kind=ObligationKind.DAILY_SCORE,
        keys=[(enrolment.pk, part)],
        now=now,
    )
    return row


def _keep_file(row: DailyAssessment, file: CheckedFile) -> None:
    row.file_name, row.file_type, row.file_sha256 = file.name, file.content_type, file.sha256
    row.file.save(file.name, ContentFile(file.content), save=False)
    row.save(update_fields=["file", "file_name", "file_type", "file_sha256"])


@transaction.atomic
def give_daily_scores(
    *, campaign: Campaign, rows: Iterable[tuple[Enrolment, str, Decimal, str]], by, now: datetime
) -> int:
    """Give many daily scores, all or none; those already given are replaced. Returns how many.

    `rows`: (enrolment, part, score, basis). Raises `Denied` or `WrongMoment` for the first row that
    `by` may not give, `ValidationError` with one message for each faulty row (numbered from 1).
    """
    rows = list(rows)
    enrolments = {
        enrolment.pk: enrolment
        for enrolment in Enrolment.objects.filter(
            campaign=campaign, pk__in={row[0].pk for row in rows}
        ).with_station()
    }
    present = {
        (row.enrolment_id, row.part): row
        for row in DailyAssessment.objects.select_for_update().filter(enrolment__in=enrolments)
    }
    problems, changed, before, after, allowed = [], {}, {}, {}, set()
    for number, (given_for, part, score, basis) in enumerate(rows, start=1):
        enrolment = enrolments.get(given_for.pk)
        problem = _("The station does not take part in this campaign.")
        if enrolment:
            # The check asks the campaign's phases: once for each unit and level is enough.
            if (enrolment.bureau, part) not in allowed:
                check_can_assess(by, enrolment, part, now)
                allowed.add((enrolment.bureau, part))
            problem = problem_of(score, basis)
            if (enrolment.pk, part) in changed:
                problem = _("The same score is given twice.")
        if problem:
            where = _("Row %(number)s: %(problem)s") % {"number": number, "problem": problem}
            problems.append(where)
            continue
        old = present.get((enrolment.pk, part))
        name = f"{enrolment.organisation.code} {part}"
        if old:
            before[name] = _values(old.score, old.basis)
        after[name] = _values(score, basis.strip())
        changed[enrolment.pk, part] = DailyAssessment(
            enrolment=enrolment,
            part=part,
            score=score,
            basis=basis.strip(),
            given_by=by,
            given_at=now,
            version=old.version + 1 if old else 1,
        )
    if problems:
        raise ValidationError(problems)
    given = DailyAssessment.objects.bulk_create(
        changed.values(),
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["enrolment", "part"],
        update_fields=["score", "basis", "given_by", "given_at", "version"],
    )
    audit.record(
        by=by,
        act="daily_scores.given",
        target=campaign,
        now=now,
        before=before,
        after=after,
        rows=given,
    )
    meet(campaign=campaign, kind=ObligationKind.DAILY_SCORE, keys=list(changed), now=now)
    return len(changed)


def part_of(user) -> str:
    """The part that the acting unit would give: its own level ("station" for a station)."""
    return user.organisation.kind


def label_of(part: str) -> str:
    """The words for a part ("county daily score"); empty for a level that gives none."""
    return Part(part).label if part in Part.values else ""
