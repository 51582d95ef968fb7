"""Who may reply to a preview is told of it in the portal."""

from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.roles import ROLE_PERMISSIONS, Permission
from deliveries.notices import tell
from scoring.models import ScoreRun

REPLYING = [role for role, held in ROLE_PERMISSIONS.items() if Permission.STATION_WORK in held]


def tell_of_preview(run: ScoreRun, now: datetime) -> int:
    """Tell the people of every scored station and of the bureau right above it where the scores
    stand and until when they may reply; how many notices."""
    pages = {}
    units = run.scores.values_list(
        "enrolment_id",
        "enrolment__station__organisation",
        "enrolment__station__organisation__supervisor",
    )
    for enrolment, station, bureau in units:
        pages[station] = f"{reverse('scoring:score', args=[enrolment])}?run={run.pk}"
        pages[bureau] = f"{reverse('scoring:ranking')}?run={run.pk}"
    members = Membership.objects.filter(
        active=True, user__is_active=True, organisation__active=True, role__in=REPLYING
    ).select_related("user", "organisation")
    messages = {}
    for member in members:
        if member.organisation_id not in pages:
            continue
        with translation.override(member.user.language):
            messages[f"preview:{run.pk}:{member.organisation_id}:{member.user_id}"] = {
                "user": member.user,
                "subject": _("Scores shown before publication: reply until %(day)s")
                % {"day": f"{run.reply_until:%Y-%m-%d}"},
                "text": _(
                    "The province shows %(unit)s its scores before they are published. What you "
                    "find wrong you can say once for each station, until 24:00 on %(day)s."
                )
                % {"unit": member.organisation.name, "day": f"{run.reply_until:%Y-%m-%d}"},
                "address": pages[member.organisation_id],
                "now": now,
            }
    return len(tell(messages))
