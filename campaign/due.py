"""The day by which something is owed, and how it came about."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from campaign.models import Campaign, DueUnit, Obligation, ObligationRule
from campaign.working_days import due_after, reach_days


@dataclass(frozen=True)
class DueDay:
    """`due_on` ends at 24:00. Counted ones tell from which day (not counted itself) and how many
    days of which unit; the names are the obligation's columns."""

    due_on: date
    due_unit: str = DueUnit.FIXED
    counted_from: date | None = None
    counted_days: int | None = None

    def columns(self) -> dict:
        return asdict(self)


def counted(start: date, days: int, unit: str) -> DueDay:
    """`days` days of `unit` after `start`."""
    due_on = due_after(start, days) if unit == DueUnit.WORKING else start + timedelta(days=days)
    return DueDay(due_on, unit, start, days)


def by_rule(rule: ObligationRule, start: date) -> DueDay:
    """What the rule gives for something that arises on `start`."""
    if rule.unit == DueUnit.FIXED:
        return DueDay(rule.due_on)
    return counted(start, rule.days, rule.unit)


def due_for(*, campaign: Campaign, kind: str, start: date) -> DueDay | None:
    """The day by which the campaign's rule wants a `kind` that arises on `start`; None where it
    has no rule, so that nothing is owed."""
    rule = campaign.obligation_rules.filter(kind=kind).first()
    return by_rule(rule, start) if rule else None


def explain(obligation: Obligation) -> list[str]:
    """How the day was computed, line by line, in the language in force."""
    values = {
        "days": obligation.counted_days,
        "start": obligation.counted_from,
        "due": obligation.due_on,
    }
    if obligation.due_unit == DueUnit.FIXED:
        lines = [_("A fixed day: %(due)s, 24:00.") % values]
    elif obligation.due_unit == DueUnit.CALENDAR:
        lines = [
            _("%(days)s calendar days after %(start)s (not counted): %(due)s, 24:00.") % values
        ]
    else:
        lines = [
            _("%(days)s working days after %(start)s (not counted): %(due)s, 24:00.") % values,
            *(
                _("%(day)s: working day no. %(number)s") % {"day": _day(day), "number": number}
                if number
                else _("%(day)s: not worked (%(why)s)") % {"day": _day(day), "why": why}
                for day, number, why in reach_days(obligation.counted_from, obligation.due_on)
            ),
        ]
    if obligation.due_before:
        lines.append(
            _("Moved from %(before)s: %(reason)s")
            % {"before": obligation.due_before, "reason": obligation.moved_because}
        )
    return lines


def _day(day: date) -> str:
    weekdays = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{day:%Y-%m-%d} {weekdays[day.weekday()]}"
