"""The standard of a campaign, loaded from a table."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from evaluations.models import Area, Criterion, Standard
from evaluations.policies import check_can_set_standard
from evaluations.services.marks import STEP

# A deduction rule that points to the notice's part 6 (2): a proven grave case may lead to a veto.
VETO_MARK = "第六部分第（二）项"
COLUMNS = (
    "area_no",
    "area_zh",
    "area_en",
    "item_no",
    "item_zh",
    "item_en",
    "points",
    "check_method_zh",
    "deduction_zh",
)


@transaction.atomic
def load_standard(
    *,
    campaign: Campaign,
    rows,
    by,
    now: datetime,
    total: Decimal | None = Decimal(100),
    freeze: bool = True,
) -> Standard:
    """Make the next version of the campaign's standard from dicts with `COLUMNS`.

    `total`: what all points must add up to; None: anything. `freeze`: put it in force at once.
    Raises `ValidationError` with one line per bad row; nothing is saved then.
    """
    check_can_set_standard(by, campaign)
    rows = list(rows)
    _check_rows(rows, total)
    last = campaign.standards.aggregate(last=Max("version"))["last"] or 0
    standard = Standard.objects.create(
        campaign=campaign,
        version=last + 1,
        total=sum(Decimal(row["points"]) for row in rows) if total is None else total,
        frozen_at=now if freeze else None,
    )
    areas: dict[int, Area] = {}
    for row in rows:
        number = int(row["area_no"])
        if number not in areas:
            areas[number] = Area.objects.create(
                standard=standard, number=number, name_zh=row["area_zh"], name_en=row["area_en"]
            )
    Criterion.objects.bulk_create(
        Criterion(
            area=areas[int(row["area_no"])],
            number=row["item_no"],
            position=position,
            name_zh=row["item_zh"],
            name_en=row["item_en"],
            points=Decimal(row["points"]),
            check_method=row["check_method_zh"],
            deduction_rule=row["deduction_zh"],
            veto=VETO_MARK in row["deduction_zh"],
        )
        for position, row in enumerate(rows, 1)
    )
    audit.record(
        by=by,
        act="standard.loaded",
        target=standard,
        now=now,
        after={"criteria": len(rows), "points": str(sum(Decimal(row["points"]) for row in rows))},
    )
    return standard


@transaction.atomic
def freeze_standard(*, standard: Standard, by, now: datetime) -> Standard:
    """Put a version in force; it cannot be changed from then on."""
    check_can_set_standard(by, standard.campaign)
    if Standard.objects.filter(pk=standard.pk, frozen_at=None).update(frozen_at=now):
        standard.frozen_at = now
        audit.record(by=by, act="standard.frozen", target=standard, now=now)
    return standard


def _check_rows(rows, total) -> None:
    if not rows:
        raise ValidationError(_("The standard has no criteria."))
    errors, seen, points = [], set(), Decimal(0)
    for line, row in enumerate(rows, 1):
        missing = [column for column in COLUMNS if not str(row.get(column) or "").strip()]
        if missing:
            errors.append(
                _("Row %(line)s: empty %(columns)s.")
                % {"line": line, "columns": ", ".join(missing)}
            )
            continue
        try:
            value = Decimal(row["points"])
            int(row["area_no"])
        except (InvalidOperation, ValueError):
            errors.append(_("Row %(line)s: area and points must be numbers.") % {"line": line})
            continue
        if not value.is_finite() or value <= 0 or value % STEP:
            errors.append(
                _("Row %(line)s: points must be above 0 in steps of 0.5.") % {"line": line}
            )
        if row["item_no"] in seen:
            errors.append(
                _("Row %(line)s: number %(number)s stands twice.")
                % {"line": line, "number": row["item_no"]}
            )
        seen.add(row["item_no"])
        points += value
    if not errors and total is not None and points != total:
        errors.append(
            _("The points add up to %(points)s instead of %(total)s.")
            % {"points": points, "total": total}
        )
    if errors:
        raise ValidationError(errors)
