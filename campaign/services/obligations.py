"""Opening and meeting obligations. Both may be repeated: the key makes each happen once."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import OrganisationKind
from campaign.due import DueDay, by_rule
from campaign.models import (
    Campaign,
    DueUnit,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationState,
    SupervisionLine,
)
from campaign.policies import check_can_waive
from campaign.workflow import OBLIGATION
from common.errors import Incomplete
from stations.policies import keeps_stations

# Keys in one "… IN (…)": below the limit of every database.
KEYS = 500
# Which levels give a daily score on each supervision line (design §5.4, notice part 4 (3) 1).
DAILY_LEVELS = {
    SupervisionLine.REGULAR: ("prefecture", "county"),
    SupervisionLine.DIRECT: ("province", "county"),
    SupervisionLine.NO_COUNTY: ("prefecture",),
}


def key_of(kind: str, *parts) -> str:
    """The key of an obligation: its kind and what it is about."""
    return ":".join([str(kind), *(str(part) for part in parts)])


def due_days(campaign: Campaign, start: date | None = None) -> dict[str, DueDay]:
    """The day by which each kind of thing that arises on `start` (by default the campaign's first
    day) is owed; kinds without a rule are not owed."""
    rules = list(campaign.obligation_rules.all())
    if start is None and any(rule.unit != DueUnit.FIXED for rule in rules):
        start = campaign.phases.order_by("starts_on").values_list("starts_on", flat=True).first()
    return {
        rule.kind: by_rule(rule, start)
        for rule in rules
        if start is not None or rule.unit == DueUnit.FIXED
    }


def daily_debtor(enrolment: Enrolment, level: str):
    """The organisation whose assessor gives the daily score of `level`."""
    bureau = enrolment.bureau
    if level == "county" or enrolment.line == SupervisionLine.NO_COUNTY:
        return bureau
    return bureau.supervisor


def obligations_of(enrolment: Enrolment, due: dict) -> list[Obligation]:
    """The (unsaved) obligations that an enrolment brings: the station's own plan, commitments and
    self-inspection; its acceptance and its daily scores."""
    rows = []

    def owe(kind, organisation, *parts):
        if kind in due:
            rows.append(
                Obligation(
                    campaign=enrolment.campaign,
                    organisation=organisation,
                    kind=kind,
                    enrolment=enrolment,
                    key=key_of(kind, *parts),
                    **due[kind].columns(),
                )
            )

    # By its code, as every unit's plan: submissions meet it so.
    owe(ObligationKind.PLAN, enrolment.organisation, enrolment.organisation.code)
    owe(ObligationKind.COMMITMENTS, enrolment.organisation, enrolment.pk)
    owe(ObligationKind.SELF_INSPECTION, enrolment.organisation, enrolment.pk)
    owe(ObligationKind.ACCEPTANCE, enrolment.acceptance_authority, enrolment.pk)
    for level in DAILY_LEVELS[enrolment.line]:
        owe(ObligationKind.DAILY_SCORE, daily_debtor(enrolment, level), enrolment.pk, level)
    return rows


def obligations_of_unit(campaign: Campaign, organisation, due: dict) -> list[Obligation]:
    """The (unsaved) obligations of a bureau: it signs for the notice and makes a plan; the bureau
    of stations sees to their data; those right below the province owe the summary (notice,
    parts 4 (1) and (3) 2). `organisation` with its supervisor; `has_counties` set where known."""
    kinds = [ObligationKind.RECEIPT, ObligationKind.PLAN]
    if keeps_station_data(organisation):
        kinds.append(ObligationKind.REGISTRY)
    if organisation.supervisor.supervisor_id is None:
        kinds.append(ObligationKind.SUMMARY)
    return [
        Obligation(
            campaign=campaign,
            organisation=organisation,
            kind=kind,
            key=key_of(kind, organisation.code),
            **due[kind].columns(),
        )
        for kind in kinds
        if kind in due
    ]


def keeps_station_data(organisation) -> bool:
    """True for a county bureau, and for a prefecture without counties."""
    if organisation.kind == OrganisationKind.COUNTY:
        return True
    if not hasattr(organisation, "has_counties"):
        return keeps_stations(organisation)
    return not organisation.has_counties


@transaction.atomic
def open_obligations(rows: list[Obligation], *, now: datetime) -> None:
    """Save obligations; those whose key is already there stay as they are."""
    known = {row.pk for row in _of_keys(rows)}
    Obligation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    tell_of("opened", [row for row in _of_keys(rows) if row.pk not in known], now)


def _of_keys(rows) -> list[Obligation]:
    """What is saved under the keys of `rows`; their keys alone."""
    found = []
    for start in range(0, len(rows), KEYS):
        part = rows[start : start + KEYS]
        found += Obligation.objects.filter(
            campaign__in={row.campaign_id for row in part}, key__in=[row.key for row in part]
        ).only("pk")
    return found


def tell_of(move: str, rows: list[Obligation], now: datetime, reason: str = "", by=None) -> None:
    """One event for all `rows`, if any. Without `by` the portal itself did it, because of the act
    beside it in the trail."""
    if rows:
        audit.record(
            by=by,
            act=f"obligation.{move}",
            now=now,
            after={"count": len(rows)},
            reason=reason,
            rows=rows,
        )


@transaction.atomic
def _change(move: str, rows, now: datetime, reason: str = "", **columns) -> None:
    """Set `columns` of a query's obligations and tell of them."""
    # RACE: held first, so that what somebody else has met or waived meanwhile is not among them.
    if found := list(rows.select_for_update(no_key=True).order_by("pk").only("pk")):
        Obligation.objects.filter(pk__in=[row.pk for row in found]).update(**columns)
        tell_of(move, found, now, reason)


def open_obligation(
    *,
    campaign: Campaign,
    organisation,
    kind: str,
    parts: tuple,
    due_on: date,
    now: datetime,
    enrolment=None,
    due_unit: str = DueUnit.FIXED,
    counted_from: date | None = None,
    counted_days: int | None = None,
) -> None:
    """Open one obligation. A counted day comes from `campaign.due` (`**due.columns()`), so that it
    moves with the working calendar."""
    open_obligations(
        [
            Obligation(
                campaign=campaign,
                organisation=organisation,
                kind=kind,
                enrolment=enrolment,
                key=key_of(kind, *parts),
                due_on=due_on,
                due_unit=due_unit,
                counted_from=counted_from,
                counted_days=counted_days,
            )
        ],
        now=now,
    )


def meet(*, campaign: Campaign, kind: str, keys: list[tuple], now: datetime) -> None:
    """Mark obligations as met; those already met keep their first time."""
    _change("met", _still_open(campaign, kind, keys), now, state=ObligationState.MET, met_at=now)


def reopen(*, campaign: Campaign, kind: str, keys: list[tuple], now: datetime) -> None:
    """Mark met obligations as open again, because what met them was returned."""
    rows = _named(campaign, kind, keys).filter(state=ObligationState.MET)
    _change("reopened", rows, now, state=ObligationState.OPEN, met_at=None)


@transaction.atomic
def waive_obligation(*, obligation: Obligation, reason: str, by, now: datetime) -> Obligation:
    """Let an open obligation go, with the reason: nobody is reminded of it any more."""
    check_can_waive(by, obligation)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return OBLIGATION.apply(
        obligation,
        "waived",
        by=by,
        now=now,
        reason=reason.strip(),
        waived_by=by,
        waived_because=reason.strip(),
    )


@transaction.atomic
def demand_again(*, obligation: Obligation, reason: str, by, now: datetime) -> Obligation:
    """Take a waiver back: it is owed again by its day."""
    check_can_waive(by, obligation, "demanded")
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return OBLIGATION.apply(
        obligation,
        "demanded",
        by=by,
        now=now,
        reason=reason.strip(),
        waived_by=None,
        waived_because="",
    )


def put_off(
    *,
    campaign: Campaign,
    kind: str,
    keys: list[tuple],
    due_on: date,
    now: datetime,
    reason: str = "",
) -> None:
    """Give obligations another day, because who may grant it has granted it. It is a fixed day
    from now on: neither a rule nor the calendar moves it."""
    moved = {"due_before": F("due_on"), "moved_because": reason, **DueDay(due_on).columns()}
    _change("moved", _named(campaign, kind, keys), now, reason, **moved)


def waive(
    *, campaign: Campaign, kind: str, keys: list[tuple], now: datetime, reason: str = ""
) -> None:
    """Mark open obligations as owed no more, because what they were about fell away."""
    reason = reason or _("What it was about has fallen away.")
    waived = {"state": ObligationState.WAIVED, "waived_because": reason}
    _change("waived", _still_open(campaign, kind, keys), now, reason, **waived)


def hand_over(
    *, campaign: Campaign, kind: str, keys: list[tuple], organisation, now: datetime
) -> None:
    """Let another unit owe what is still open, by the same day."""
    rows = _still_open(campaign, kind, keys)
    _change("handed_over", rows, now, organisation=organisation)


def _named(campaign, kind, keys):
    names = [key_of(kind, *parts) for parts in keys]
    return Obligation.objects.filter(campaign=campaign, key__in=names).order_by()


def _still_open(campaign, kind, keys):
    return _named(campaign, kind, keys).filter(state=ObligationState.OPEN)
