"""What a campaign is made of: its words, phases, rules and reminder steps. Drafted, changed, read
and moved to another year as one thing."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from campaign.models import (
    Campaign,
    CampaignState,
    Enrolment,
    ObligationRule,
    Phase,
    PhaseActivity,
    ReminderStep,
)
from campaign.policies import check_can_draft, check_can_edit_campaign
from campaign.services import deadlines
from campaign.services.obligations import (
    due_days,
    obligations_of,
    obligations_of_unit,
    open_obligations,
)
from campaign.services.opening import bureaus
from common import clock
from common.errors import Incomplete, WrongMoment
from deliveries.notices import tell

WORDS = ("title_zh", "title_en", "document_number", "notice")


@dataclass(frozen=True)
class PhasePlan:
    """A phase with what it allows."""

    kind: str
    starts_on: date
    ends_on: date
    activities: frozenset[str]


@dataclass(frozen=True)
class RulePlan:
    """A rule's columns."""

    kind: str
    unit: str
    due_on: date | None = None
    days: int | None = None


@dataclass(frozen=True)
class Definition:
    """`steps`: (days after the due day, repeated every so many days or None)."""

    year: int
    title_zh: str
    title_en: str
    document_number: str
    notice: str
    phases: tuple[PhasePlan, ...] = ()
    rules: tuple[RulePlan, ...] = ()
    steps: tuple[tuple[int, int | None], ...] = ()
    is_demonstration: bool = False

    def moved(self, year: int) -> "Definition":
        """The same in another year: dates keep month and day; the words name the new year."""

        def words(text):
            return text.replace(str(self.year), str(year))

        return replace(
            self,
            year=year,
            title_zh=words(self.title_zh),
            title_en=words(self.title_en),
            document_number="",
            phases=tuple(
                replace(
                    phase,
                    starts_on=_moved(phase.starts_on, year - self.year),
                    ends_on=_moved(phase.ends_on, year - self.year),
                )
                for phase in self.phases
            ),
            rules=tuple(
                replace(rule, due_on=_moved(rule.due_on, year - self.year)) if rule.due_on else rule
                for rule in self.rules
            ),
        )


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February in a year that has none
        return day.replace(year=day.year + years, day=28)


def read_definition(campaign: Campaign) -> Definition:
    """What the campaign is made of now."""
    phases = campaign.phases.prefetch_related("activities")
    return Definition(
        year=campaign.year,
        **{name: getattr(campaign, name) for name in WORDS},
        phases=tuple(
            PhasePlan(
                phase.kind,
                phase.starts_on,
                phase.ends_on,
                frozenset(row.activity for row in phase.activities.all()),
            )
            for phase in phases
        ),
        rules=tuple(
            RulePlan(rule.kind, rule.unit, rule.due_on, rule.days)
            for rule in campaign.obligation_rules.order_by("kind")
        ),
        steps=tuple(
            campaign.reminder_steps.order_by("offset_days").values_list(
                "offset_days", "repeat_days"
            )
        ),
        is_demonstration=campaign.is_demonstration,
    )


@transaction.atomic
def draft(*, definition: Definition, by, now: datetime) -> Campaign:
    """A new campaign, still a draft. Raises `WrongMoment` when the year has one already."""
    check_can_draft(by)
    if Campaign.objects.filter(year=definition.year).exists():
        raise WrongMoment(_("There is a campaign of this year already."))
    campaign = Campaign.objects.create(
        year=definition.year,
        **{name: getattr(definition, name) for name in WORDS},
        is_demonstration=definition.is_demonstration,
    )
    _write_phases(campaign, definition)
    ObligationRule.objects.bulk_create(
        ObligationRule(
            campaign=campaign,
            kind=rule.kind,
            unit=rule.unit,
            due_on=rule.due_on,
            days=rule.days,
        )
        for rule in definition.rules
    )
    _write_steps(campaign, definition)
    audit.record(by=by, act="campaign.drafted", target=campaign, now=now)
    return campaign


def _write_phases(campaign, definition) -> None:
    campaign.phases.all().delete()
    for plan in definition.phases:
        phase = Phase.objects.create(
            campaign=campaign, kind=plan.kind, starts_on=plan.starts_on, ends_on=plan.ends_on
        )
        PhaseActivity.objects.bulk_create(
            PhaseActivity(phase=phase, activity=activity) for activity in sorted(plan.activities)
        )


def _write_steps(campaign, definition) -> None:
    campaign.reminder_steps.all().delete()
    ReminderStep.objects.bulk_create(
        ReminderStep(campaign=campaign, offset_days=offset, repeat_days=repeat)
        for offset, repeat in definition.steps
    )


@transaction.atomic
def change(
    *,
    campaign: Campaign,
    definition: Definition,
    expected_version: int,
    reason: str,
    by,
    now: datetime,
) -> int:
    """Make the campaign what `definition` says; its year stays. Once it is open, a change of dates
    takes a reason, moves what is open and tells those concerned; how many deadlines moved.

    Raises `WrongMoment` when somebody else changed it since the editor was opened.
    """
    check_can_edit_campaign(by, campaign)
    before = read_definition(campaign)
    opened = campaign.state == CampaignState.OPEN
    dates_change = (set(before.phases), set(before.rules)) != (
        set(definition.phases),
        set(definition.rules),
    )
    if opened and dates_change and not reason.strip():
        raise Incomplete(_("The campaign is open: give the reason for other dates."))
    rows = Campaign.objects.filter(pk=campaign.pk, version=expected_version)
    if not rows.update(
        version=F("version") + 1, **{name: getattr(definition, name) for name in WORDS}
    ):
        raise WrongMoment(_("Somebody else changed this campaign while your form was open."))
    campaign.refresh_from_db()
    if set(before.phases) != set(definition.phases):
        _write_phases(campaign, definition)
    if before.steps != definition.steps:
        _write_steps(campaign, definition)
    shifts = _change_rules(campaign, before, definition, reason.strip(), opened, now)
    if opened:
        _open_new_kinds(campaign, before, definition, now)
    event = audit.record(
        by=by,
        act="campaign.changed",
        target=campaign,
        now=now,
        before=_dates(before),
        after=_dates(definition),
        reason=reason.strip(),
    )
    if opened:
        deadlines.tell_those_concerned(
            cause=str(event.pk), shifts=shifts, reason=reason.strip(), now=now
        )
        if set(before.phases) != set(definition.phases):
            _tell_of_phases(campaign, event.pk, reason.strip(), now)
    return sum(len(shift.obligation_ids) for shift in shifts)


def _change_rules(campaign, before, definition, reason, opened, now) -> list[deadlines.Shift]:
    old = {rule.kind: rule for rule in before.rules}
    new = {rule.kind: rule for rule in definition.rules}
    gone = set(old) - set(new)
    if opened and campaign.obligations.open().filter(kind__in=gone).exists():
        raise Incomplete(
            _("Something is owed by a rule that you removed: waive it, or keep the rule.")
        )
    campaign.obligation_rules.filter(kind__in=gone).delete()
    shifts = []
    for kind, plan in new.items():
        if old.get(kind) == plan:
            continue
        rule, _created = ObligationRule.objects.update_or_create(
            campaign=campaign,
            kind=kind,
            defaults={"unit": plan.unit, "due_on": plan.due_on, "days": plan.days},
        )
        if opened:
            shifts += deadlines.move_by_rule(campaign=campaign, rule=rule, reason=reason, now=now)
    return shifts


def _open_new_kinds(campaign, before, definition, now) -> None:
    """A rule for a kind that had none: from today on it is owed."""
    new = {rule.kind for rule in definition.rules} - {rule.kind for rule in before.rules}
    if not new:
        return
    days = due_days(campaign, clock.today(now))
    due = {kind: day for kind, day in days.items() if kind in new}
    rows = [row for unit in bureaus() for row in obligations_of_unit(campaign, unit, due)]
    for enrolment in Enrolment.objects.filter(campaign=campaign).with_station():
        rows += obligations_of(enrolment, due)
    open_obligations(rows, now=now)


def _tell_of_phases(campaign, event_id, reason, now) -> None:
    """Everybody who works in the campaign sees the new dates in the portal."""
    people = User.objects.filter(
        is_active=True, memberships__active=True, memberships__organisation__active=True
    ).distinct()
    phases, messages = list(campaign.phases.all()), {}
    for user in people:
        with translation.override(user.language):
            lines = [f"- {phase}: {phase.starts_on} – {phase.ends_on}" for phase in phases]
            messages[f"phases:{event_id}:{user.pk}"] = {
                "user": user,
                "subject": _("The phases have other dates: %(campaign)s")
                % {"campaign": campaign.title},
                "text": "\n".join([_("Reason: %(reason)s") % {"reason": reason}, "", *lines]),
                "address": reverse("portal:desk"),
                "now": now,
            }
    tell(messages)


def _dates(definition) -> dict:
    """The dates of a definition, for the audit trail."""
    phases = {phase.kind: f"{phase.starts_on} – {phase.ends_on}" for phase in definition.phases}
    rules = {rule.kind: str(rule.due_on or f"{rule.days} {rule.unit}") for rule in definition.rules}
    return phases | rules
