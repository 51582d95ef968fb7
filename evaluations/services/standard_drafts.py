"""A draft of the standard, edited criterion by criterion in the browser."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from common.errors import Incomplete
from evaluations.models import Area, Criterion, Standard
from evaluations.services.standards import claim_draft

CRITERION_FIELDS = (
    "area",
    "number",
    "name_zh",
    "name_en",
    "points",
    "check_method",
    "deduction_rule",
    "station_kind",
    "veto",
)
AREA_FIELDS = ("number", "name_zh", "name_en")


@transaction.atomic
def save_criterion(
    *, standard: Standard, values: dict, edition: int, by, now: datetime, criterion=None
) -> Criterion:
    """Change a criterion of a draft, or add one (`criterion` None). `values`: `CRITERION_FIELDS`.
    Raises `Stale` when the draft was changed since it was shown."""
    claim_draft(standard, edition, by)
    before = _plain(criterion, CRITERION_FIELDS) if criterion else {}
    criterion = criterion or Criterion(position=0)
    _save(criterion, values)
    _put_in_order(standard)
    _record(standard, by, now, before, _plain(criterion, CRITERION_FIELDS))
    return criterion


@transaction.atomic
def delete_criterion(*, criterion: Criterion, edition: int, by, now: datetime) -> None:
    """Take a criterion out of a draft, and its area when it was the last one there."""
    area, standard = criterion.area, criterion.area.standard
    claim_draft(standard, edition, by)
    before = _plain(criterion, CRITERION_FIELDS)
    criterion.delete()
    if not area.criteria.exists():
        area.delete()
    _put_in_order(standard)
    _record(standard, by, now, before, {})


@transaction.atomic
def save_area(
    *, standard: Standard, values: dict, edition: int, by, now: datetime, area=None
) -> Area:
    """Change the number or names of a draft's area, or add one (`area` None)."""
    claim_draft(standard, edition, by)
    before = _plain(area, AREA_FIELDS) if area else {}
    area = area or Area(standard=standard)
    _save(area, values)
    _put_in_order(standard)
    _record(standard, by, now, before, _plain(area, AREA_FIELDS))
    return area


def _save(row, values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Incomplete(_("This number stands already in the draft.")) from error


def _put_in_order(standard) -> None:
    """Positions follow the numbers: 2.2 before 2.10."""
    criteria = sorted(standard.criteria(), key=_natural)
    for position, criterion in enumerate(criteria, 1):
        criterion.position = position
    Criterion.objects.bulk_update(criteria, ["position"])


def _natural(criterion) -> tuple:
    parts = [int(part) for part in re.findall(r"\d+", criterion.number)]
    return criterion.area.number, parts, criterion.number


def _plain(row, names) -> dict:
    return {name: str(getattr(row, name)) for name in names}


def _record(standard, by, now, before, after) -> None:
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    audit.record(
        by=by,
        act="standard.changed",
        target=standard,
        now=now,
        before={name: value for name, value in before.items() if name in changed},
        after={"number": after.get("number") or before.get("number")}
        | {name: value for name, value in after.items() if name in changed},
    )
