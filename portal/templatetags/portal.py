"""Small words for the desk's templates."""

from django import template
from django.urls import reverse

from campaign.models import ObligationKind
from scoring.models import ScoringPolicy

register = template.Library()

_ABOUT_ONE_THING = {
    ObligationKind.OPINION: "evaluations:opinion",
    ObligationKind.WRITTEN_REPLY: "evaluations:question",
    ObligationKind.RECTIFICATION: "evaluations:task",
    ObligationKind.SUPERVISION: "evaluations:task",
    ObligationKind.LEAD: "surveys:lead",
}


@register.simple_tag
def minimums(campaign) -> dict[str, int]:
    """Respondent group → valid ballots that the scoring policy asks of a station."""
    policy = ScoringPolicy.objects.in_force(campaign)
    return dict(policy.groups.values_list("group", "minimum")) if policy else {}


@register.filter
def lookup(values, key):
    """The value of a key; None without it."""
    return values.get(key)


@register.filter
def obligation_kind(code):
    """The label of a kind of obligation."""
    return ObligationKind(code).label


# The page on which each kind is met; the second ones are about one station.
PAGES = {
    ObligationKind.RECEIPT: "campaign:notice",
    ObligationKind.REGISTRY: "campaign:registry",
    ObligationKind.PLAN: "campaign:submissions",
    ObligationKind.SUMMARY: "campaign:submissions",
}
# A re-check that the province ordered is of no one station.
ORDERED = "evaluations:recheck-order"
STATION_PAGES = {
    ObligationKind.COMMITMENTS: "evaluations:commitments",
    ObligationKind.SELF_INSPECTION: "evaluations:self-inspection",
    ObligationKind.ACCEPTANCE: "evaluations:check",
    ObligationKind.OBJECTION: "evaluations:check",
    ObligationKind.RECHECK: "evaluations:check",
    ObligationKind.DAILY_SCORE: "scoring:daily-edit",
}


@register.filter
def where_to_meet(obligation):
    """The address of the page on which the obligation is met; of the station's page where the
    kind has none of its own."""
    if page := _ABOUT_ONE_THING.get(obligation.kind):
        # The key names the kind, then the thing that is owed for.
        return reverse(page, args=[obligation.key.split(":")[1]])
    if obligation.kind == ObligationKind.RECHECK and not obligation.enrolment_id:
        return reverse(ORDERED, args=[obligation.key.split(":")[2]])
    if obligation.kind in PAGES:
        return reverse(PAGES[obligation.kind])
    page = STATION_PAGES.get(obligation.kind, "campaign:enrolment")
    return reverse(page, args=[obligation.enrolment_id]) if obligation.enrolment_id else None
