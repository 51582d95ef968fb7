"""By which figures honours and consequences are proposed: a row a campaign, with defaults."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from campaign.models import Campaign
from scoring.models import HonourKind, ResultQuota, ResultRules
from scoring.policies import check_can_set_result_rules
from stations.models import StationKind

# The notice names no number. A tenth of Henan's 159 brigades and 1,806 township stations is a list
# that offices can still re-check one by one.
DEFAULT_QUOTAS = {
    (HonourKind.COMMENDATION, StationKind.BRIGADE): 10,
    (HonourKind.COMMENDATION, StationKind.TOWNSHIP): 40,
    (HonourKind.ADVANCED, StationKind.BRIGADE): 20,
    (HonourKind.ADVANCED, StationKind.TOWNSHIP): 100,
}
FIGURES = (
    "high_floor",
    "front_share",
    "low_ceiling",
    "behind_share",
    "many_findings",
    "years_running",
    "publicity_days",
    "reply_days",
    "recheck_required",
)


def rules_of(campaign: Campaign) -> ResultRules:
    """The campaign's rules of results, else the defaults, which nobody has saved yet."""
    if rules := ResultRules.objects.filter(campaign=campaign).first():
        return rules
    rules = ResultRules(campaign=campaign)
    rules.clean_fields(exclude=["campaign"])  # defaults as numbers, as a saved row has them
    return rules


def written_rules_of(campaign: Campaign) -> ResultRules:
    """The campaign's rules as a row to be changed; the defaults are written when there is none.
    The act that changes them tells of the row."""
    rules, created = ResultRules.objects.get_or_create(campaign=campaign)
    if created:
        ResultQuota.objects.bulk_create(
            ResultQuota(rules=rules, honour=honour, kind=kind, number=number)
            for (honour, kind), number in DEFAULT_QUOTAS.items()
        )
        rules.refresh_from_db()
    return rules


def quotas_of(rules: ResultRules) -> dict[tuple[str, str], int]:
    """(honour, kind of station) → how many; an honour without a row has no limit. Rules that
    nobody has saved yet have the default quotas."""
    if rules.pk is None:
        return dict(DEFAULT_QUOTAS)
    return {(row.honour, row.kind): row.number for row in rules.quotas.all()}


@transaction.atomic
def set_result_rules(
    *, campaign: Campaign, figures: dict, quotas: dict, reason: str, by, now: datetime
) -> ResultRules:
    """Change the rules. `figures` by the names in `FIGURES`, `quotas` as `quotas_of` gives them.

    Raises `ValidationError` for figures that contradict each other.
    """
    check_can_set_result_rules(by)
    rules = written_rules_of(campaign)
    before = {name: str(getattr(rules, name)) for name in FIGURES}
    for name in FIGURES:
        setattr(rules, name, figures[name])
    rules.full_clean()
    rules.save()
    for (honour, kind), number in quotas.items():
        if number is None:
            rules.quotas.filter(honour=honour, kind=kind).delete()
        else:
            rules.quotas.update_or_create(honour=honour, kind=kind, defaults={"number": number})
    after = {name: str(getattr(rules, name)) for name in FIGURES}
    audit.record(
        by=by,
        act="result_rules.changed",
        target=rules,
        now=now,
        before=before,
        after=after,
        reason=reason,
    )
    return rules
