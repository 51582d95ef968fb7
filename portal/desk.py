"""The desk: what the acting unit owes itself, and what is owed below it."""

from django.db.models import Count, Q

from campaign.models import Campaign, Obligation, ObligationState
from common import clock
from evaluations.services.rights import rights_of
from portal.waiting import waiting_for


def desk_of(user, now) -> dict:
    """What the desk page shows to `user`."""
    campaign = Campaign.objects.current()
    if campaign is None or user.acting is None:
        nothing = {"owed": [], "owed_count": 0, "below": [], "phases": [], "waiting": []}
        return {"campaign": campaign, **nothing}
    owed = Obligation.objects.owed_by(user).filter(campaign=campaign).open()
    return {
        "campaign": campaign,
        "phases": [(phase, phase.runs_at(now)) for phase in campaign.phases.all()],
        "owed": owed.select_related(
            "organisation", "enrolment__station__organisation__supervisor"
        ).order_by("due_on", "pk")[:20],
        "owed_count": owed.count(),
        "rights": rights_of(user, campaign, now),
        "below": owed_below(user, campaign, now),
        "waiting": waiting_for(user, campaign, now),
    }


def owed_below(user, campaign, now) -> list[dict]:
    """Per kind: how much of what the unit and all below it owe is met, open, overdue."""
    today = clock.today(now)
    return list(
        Obligation.objects.visible_to(user)
        .filter(campaign=campaign)
        .values("kind")
        .annotate(
            total=Count("pk"),
            met=Count("pk", filter=Q(state=ObligationState.MET)),
            overdue=Count("pk", filter=Q(state=ObligationState.OPEN, due_on__lt=today)),
        )
        .order_by("kind")
    )
