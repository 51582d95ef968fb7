"""May this person, now? Each check raises a refusal with its reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Activity, Campaign, Enrolment
from campaign.services.obligations import DAILY_LEVELS, daily_debtor
from common.errors import Denied
from scoring.models import Part


def check_can_assess(user, enrolment: Enrolment, part: str, now: datetime) -> None:
    """The assessor of the unit that owes `part` of this station gives it, while the phase allows
    daily assessment (notice, part 4 (3) 1)."""
    check_may(user, Permission.DAILY_ASSESS)
    if part not in DAILY_LEVELS[enrolment.line]:
        raise Denied(
            _("Your unit gives no daily score to this station: those who do are %(levels)s.")
            % {"levels": "、".join(str(Part(each).label) for each in DAILY_LEVELS[enrolment.line])}
        )
    debtor = daily_debtor(enrolment, part)
    if debtor != user.organisation:
        raise Denied(
            _("The %(part)s of this station is given by %(unit)s alone.")
            % {"part": Part(part).label, "unit": debtor}
        )
    enrolment.campaign.check_allows(Activity.DAILY, now)


def check_can_make_run(user, campaign: Campaign, now: datetime) -> None:
    """The province makes scoring runs while the phase allows it."""
    check_may(user, Permission.SCORE_RUN)
    campaign.check_allows(Activity.SCORE, now)


def check_can_set_policy(user) -> None:
    """Whoever opens campaigns sets their rules of scoring."""
    check_may(user, Permission.CAMPAIGN_EDIT)


def check_can_read_ranking(user) -> None:
    """Rankings and scores are read by those whose role includes it, in their scope."""
    check_may(user, Permission.RANKING_READ)
