"""Opening and meeting obligations. Both may be repeated: the key makes each happen once."""

from datetime import date, datetime

from campaign.models import (
    Campaign,
    Enrolment,
    Obligation,
    ObligationKind,
    ObligationState,
    SupervisionLine,
)

# Which levels give a daily score on each supervision line (design §5.4, notice part 4 (3) 1).
DAILY_LEVELS = {
    SupervisionLine.REGULAR: ("prefecture", "county"),
    SupervisionLine.DIRECT: ("province", "county"),
    SupervisionLine.NO_COUNTY: ("prefecture",),
}


def key_of(kind: str, *parts) -> str:
    """The key of an obligation: its kind and what it is about."""
    return ":".join([str(kind), *(str(part) for part in parts)])


def due_days(campaign: Campaign) -> dict:
    """The day by which each kind of thing is owed; kinds without a rule are not owed."""
    return {rule.kind: rule.due_on for rule in campaign.obligation_rules.all()}


def daily_debtor(enrolment: Enrolment, level: str):
    """The organisation whose assessor gives the daily score of `level`."""
    bureau = enrolment.bureau
    if level == "county" or enrolment.line == SupervisionLine.NO_COUNTY:
        return bureau
    return bureau.supervisor


def obligations_of(enrolment: Enrolment, due: dict) -> list[Obligation]:
    """The (unsaved) obligations that an enrolment brings."""
    rows = []

    def owe(kind, organisation, *parts):
        if kind in due:
            rows.append(
                Obligation(
                    campaign=enrolment.campaign,
                    organisation=organisation,
                    kind=kind,
                    enrolment=enrolment,
                    key=key_of(kind, enrolment.pk, *parts),
                    due_on=due[kind],
                )
            )

    owe(ObligationKind.COMMITMENTS, enrolment.organisation)
    owe(ObligationKind.SELF_INSPECTION, enrolment.organisation)
    owe(ObligationKind.ACCEPTANCE, enrolment.acceptance_authority)
    for level in DAILY_LEVELS[enrolment.line]:
        owe(ObligationKind.DAILY_SCORE, daily_debtor(enrolment, level), level)
    return rows


def obligations_of_unit(campaign: Campaign, organisation, due: dict) -> list[Obligation]:
    """The (unsaved) plan that every bureau owes, and the summary of those right below the
    province (notice, part 4 (1) and (3) 2)."""
    kinds = [ObligationKind.PLAN]
    if organisation.supervisor.supervisor_id is None:
        kinds.append(ObligationKind.SUMMARY)
    return [
        Obligation(
            campaign=campaign,
            organisation=organisation,
            kind=kind,
            key=key_of(kind, organisation.code),
            due_on=due[kind],
        )
        for kind in kinds
        if kind in due
    ]


def open_obligations(rows: list[Obligation]) -> None:
    """Save obligations; those whose key is already there stay as they are."""
    Obligation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def open_obligation(
    *, campaign: Campaign, organisation, kind: str, parts: tuple, due_on: date, enrolment=None
) -> None:
    """Open one obligation."""
    open_obligations(
        [
            Obligation(
                campaign=campaign,
                organisation=organisation,
                kind=kind,
                enrolment=enrolment,
                key=key_of(kind, *parts),
                due_on=due_on,
            )
        ]
    )


def meet(*, campaign: Campaign, kind: str, keys: list[tuple], now: datetime) -> None:
    """Mark obligations as met; those already met keep their first time."""
    _still_open(campaign, kind, keys).update(state=ObligationState.MET, met_at=now)


def reopen(*, campaign: Campaign, kind: str, keys: list[tuple]) -> None:
    """Mark met obligations as open again, because what met them was returned."""
    Obligation.objects.filter(
        campaign=campaign,
        key__in=[key_of(kind, *parts) for parts in keys],
        state=ObligationState.MET,
    ).update(state=ObligationState.OPEN, met_at=None)


def waive(*, campaign: Campaign, kind: str, keys: list[tuple]) -> None:
    """Mark open obligations as owed no more, because what they were about fell away."""
    _still_open(campaign, kind, keys).update(state=ObligationState.WAIVED)


def hand_over(*, campaign: Campaign, kind: str, keys: list[tuple], organisation) -> None:
    """Let another unit owe what is still open, by the same day."""
    _still_open(campaign, kind, keys).update(organisation=organisation)


def put_off(*, campaign: Campaign, kind: str, keys: list[tuple], due_on: date) -> None:
    """Give obligations another day, because who may grant it has granted it."""
    Obligation.objects.filter(
        campaign=campaign, key__in=[key_of(kind, *parts) for parts in keys]
    ).update(due_on=due_on)


def _still_open(campaign, kind, keys):
    return Obligation.objects.filter(
        campaign=campaign,
        key__in=[key_of(kind, *parts) for parts in keys],
        state=ObligationState.OPEN,
    )
