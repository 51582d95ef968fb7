"""The standard of a campaign: loaded, copied, edited while a draft, put in force, frozen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, WrongMoment
from evaluations.models import Area, Criterion, Standard
from evaluations.policies import check_can_set_standard
from evaluations.services.marks import STEP
from evaluations.services.versions import Stale
from stations.models import StationKind

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
TOTAL = Decimal(100)


@dataclass(frozen=True)
class CriterionRow:
    """A criterion on its way into a standard. `line`: where it stood, for whoever must mend it."""

    line: int
    area_number: int
    area_zh: str
    area_en: str
    number: str
    name_zh: str
    name_en: str
    points: Decimal
    check_method: str
    deduction_rule: str
    station_kind: str = ""
    veto: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with rows taken together. `row` None: with all of them; `field`: of the row."""

    row: CriterionRow | None
    field: str
    reason: str


def faults_of(rows: list[CriterionRow], total: Decimal | None) -> list[Fault]:
    """What keeps rows from being a standard. `total`: what the points of each kind of station must
    add up to; None: anything."""
    if not rows:
        return [Fault(None, "", _("The standard has no criteria."))]
    found, numbers, areas = [], {}, {}
    for row in rows:
        if row.points <= 0 or row.points % STEP:
            found.append(Fault(row, "points", _("points must be above 0 in steps of 0.5")))
        if row.number in numbers:
            found.append(
                Fault(
                    row,
                    "number",
                    _("number %(number)s stands twice") % {"number": row.number},
                )
            )
        numbers.setdefault(row.number, row)
        names = areas.setdefault(row.area_number, (row.area_zh, row.area_en))
        if names != (row.area_zh, row.area_en):
            found.append(
                Fault(
                    row,
                    "area_zh",
                    _("area %(number)s has another name in an earlier row")
                    % {"number": row.area_number},
                )
            )
    if total is None or found:
        return found
    for kind, label in StationKind.choices:
        points = sum(row.points for row in rows if row.station_kind in ("", kind))
        if points != total:
            found.append(
                Fault(
                    None,
                    "points",
                    _("The points of %(kind)s add up to %(points)s instead of %(total)s.")
                    % {"kind": label, "points": points, "total": total},
                )
            )
    return found


@transaction.atomic
def create_standard(
    *,
    campaign: Campaign,
    rows: list[CriterionRow],
    by,
    now: datetime,
    total: Decimal = TOTAL,
    note: str = "",
    act: str = "standard.loaded",
) -> Standard:
    """Make the next version of the campaign's standard as a draft; its rows have no `faults_of`."""
    check_can_set_standard(by, campaign)
    last = campaign.standards.aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            standard = Standard.objects.create(
                campaign=campaign, version=last + 1, total=total, note=note
            )
    except IntegrityError as error:
        raise WrongMoment(_("Somebody else made this version. Try again.")) from error
    areas = {
        number: Area.objects.create(standard=standard, number=number, name_zh=zh, name_en=en)
        for number, (zh, en) in sorted(
            {row.area_number: (row.area_zh, row.area_en) for row in rows}.items()
        )
    }
    Criterion.objects.bulk_create(
        Criterion(
            area=areas[row.area_number],
            number=row.number,
            position=position,
            name_zh=row.name_zh,
            name_en=row.name_en,
            points=row.points,
            check_method=row.check_method,
            deduction_rule=row.deduction_rule,
            station_kind=row.station_kind,
            veto=row.veto,
        )
        for position, row in enumerate(rows, 1)
    )
    audit.record(
        by=by,
        act=act,
        target=standard,
        now=now,
        after={"criteria": len(rows), "points": str(sum(row.points for row in rows))},
        reason=note,
    )
    return standard


@transaction.atomic
def load_standard(
    *,
    campaign: Campaign,
    rows: Iterable[dict],
    by,
    now: datetime,
    total: Decimal | None = TOTAL,
    freeze: bool = True,
) -> Standard:
    """Make the next version from dicts with `COLUMNS` (and "station_kind", where it matters).

    `total` None: whatever the points add up to. `freeze`: put it in force at once. Raises
    `ValidationError` with one line per bad row; nothing is saved then.
    """
    check_can_set_standard(by, campaign)
    parsed, errors = [], []
    for line, row in enumerate(rows, 1):
        try:
            parsed.append(_parsed(line, row))
        except ValidationError as error:
            errors += error.messages
    errors = errors or [_told(fault) for fault in faults_of(parsed, total)]
    if errors:
        raise ValidationError(errors)
    standard = create_standard(
        campaign=campaign,
        rows=parsed,
        by=by,
        now=now,
        total=sum(row.points for row in parsed) if total is None else total,
    )
    return freeze_standard(standard=standard, by=by, now=now) if freeze else standard


@transaction.atomic
def copy_standard(
    *, source: Standard, campaign: Campaign, by, now: datetime, note: str = ""
) -> Standard:
    """Make a draft of `source`: the next version of its campaign, or of another year's."""
    return create_standard(
        campaign=campaign,
        rows=rows_of(source),
        by=by,
        now=now,
        total=source.total,
        note=note,
        act="standard.copied",
    )


@transaction.atomic
def freeze_standard(*, standard: Standard, by, now: datetime) -> Standard:
    """Put a version in force; it cannot be changed from then on. Raises `Incomplete` with what is
    wrong with it; an earlier version is replaced as long as nobody has worked by it."""
    check_can_set_standard(by, standard.campaign)
    # RACE: the edition is raised first, so that nobody edits between the look and the freezing.
    rows = Standard.objects.filter(pk=standard.pk, frozen_at=None)
    if not rows.update(edition=F("edition") + 1):
        standard.refresh_from_db()
        return standard
    if faults := faults_of(rows_of(standard), standard.total):
        raise Incomplete(" ".join(_told(fault) for fault in faults))
    rows.update(frozen_at=now)
    standard.refresh_from_db()
    audit.record(by=by, act="standard.frozen", target=standard, now=now)
    return standard


@transaction.atomic
def drop_draft(*, standard: Standard, by, now: datetime) -> None:
    """Delete a draft that nobody needs."""
    claim_draft(standard, standard.edition, by)
    audit.record(by=by, act="standard.dropped", target=standard, now=now)
    standard.delete()


def claim_draft(standard: Standard, edition: int, by) -> None:
    """Raise the edition of a draft from the one that the writer saw: frozen, it is `WrongMoment`;
    changed meanwhile, `Stale`."""
    check_can_set_standard(by, standard.campaign)
    rows = Standard.objects.filter(pk=standard.pk)
    if rows.filter(frozen_at=None, edition=edition).update(edition=F("edition") + 1):
        return
    if rows.filter(frozen_at=None).exists():
        raise Stale
    raise WrongMoment(_("This version is in force; it cannot be changed any more."))


def rows_of(standard: Standard) -> list[CriterionRow]:
    """A standard as rows, in its order."""
    return [
        CriterionRow(
            line=line,
            area_number=criterion.area.number,
            area_zh=criterion.area.name_zh,
            area_en=criterion.area.name_en,
            number=criterion.number,
            name_zh=criterion.name_zh,
            name_en=criterion.name_en,
            points=criterion.points,
            check_method=criterion.check_method,
            deduction_rule=criterion.deduction_rule,
            station_kind=criterion.station_kind,
            veto=criterion.veto,
        )
        for line, criterion in enumerate(standard.criteria(), 1)
    ]


def _parsed(line: int, row: dict) -> CriterionRow:
    missing = [column for column in COLUMNS if not str(row.get(column) or "").strip()]
    if missing:
        raise ValidationError(
            _("Row %(line)s: empty %(columns)s.") % {"line": line, "columns": ", ".join(missing)}
        )
    try:
        area_number, points = int(row["area_no"]), Decimal(row["points"])
    except (InvalidOperation, ValueError):
        points = Decimal("NaN")
    if not points.is_finite():
        raise ValidationError(_("Row %(line)s: area and points must be numbers.") % {"line": line})
    return CriterionRow(
        line=line,
        area_number=area_number,
        area_zh=row["area_zh"],
        area_en=row["area_en"],
        number=row["item_no"],
        name_zh=row["item_zh"],
        name_en=row["item_en"],
        points=points,
        check_method=row["check_method_zh"],
        deduction_rule=row["deduction_zh"],
        station_kind=row.get("station_kind") or "",
        veto=VETO_MARK in row["deduction_zh"],
    )


def _told(fault: Fault) -> str:
    if fault.row is None:
        return fault.reason
    return _("Row %(line)s: %(what)s.") % {"line": fault.row.line, "what": fault.reason}
