"""A campaign as a whole: what every app must have ready before it opens, and taking a year over
into another one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaign.models import Campaign
from campaign.services import definitions, opening
from campaign.services.enrolments import copy_enrolments
from common.errors import Incomplete
from evaluations.models import Standard
from evaluations.services.standards import copy_standard, freeze_standard
from scoring.models import ScoringPolicy
from scoring.services.copies import copy_policy
from surveys.services.copies import copy_questionnaire


def what_is_missing(campaign: Campaign) -> list[str]:
    """What must still be set before the campaign can open, in words."""
    missing = opening.what_is_missing(campaign)
    if Standard.objects.in_force(campaign) is None:
        missing.append(_("The standard, put in force."))
    if not campaign.questionnaires.exists():
        missing.append(_("The questionnaire."))
    if ScoringPolicy.objects.in_force(campaign) is None:
        missing.append(_("The scoring policy."))
    return missing


@transaction.atomic
def open_campaign(*, campaign: Campaign, by, now: datetime) -> Campaign:
    """Open it once nothing is missing. Raises `Incomplete` with what is."""
    if missing := what_is_missing(campaign):
        raise Incomplete(_("Still missing: %(what)s") % {"what": " ".join(missing)})
    return opening.open_campaign(campaign=campaign, by=by, now=now)


@transaction.atomic
def copy_campaign(*, source: Campaign, year: int, by, now: datetime) -> Campaign:
    """Draft the campaign of `year` from another one: its words and dates moved to that year, its
    standard, questionnaire, policy, and the stations that took part and are still at work."""
    definition = definitions.read_definition(source).moved(year)
    target = definitions.draft(definition=definition, by=by, now=now)
    act = {"source": source, "target": target, "by": by, "now": now}
    _copy_standard(source, target, by, now)
    copy_questionnaire(**act)
    copy_policy(**act)
    copy_enrolments(**act)
    return target


def _copy_standard(source, target, by, now) -> None:
    standard = Standard.objects.in_force(source)
    if standard is not None:
        copied = copy_standard(source=standard, campaign=target, by=by, now=now)
        freeze_standard(standard=copied, by=by, now=now)
