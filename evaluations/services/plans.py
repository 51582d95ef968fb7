"""The acceptance plan (验收方案): the pool, the teams, the schedule by county, the adoption."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation
from campaign.models import Activity, Campaign, Enrolment
from campaign.working_days import add_working_days, differing_days, is_working_day
from common.errors import Incomplete, WrongMoment
from evaluations.acceptance_policies import (
    check_can_adopt_plan,
    check_can_keep_pool,
    check_can_plan,
    check_can_set_rules,
)
from evaluations.models import (
    AcceptancePlan,
    AcceptanceRules,
    CheckState,
    InspectionTeam,
    Inspector,
    PlannedVisit,
    accepted_by,
)
from evaluations.services.checks import check_independent
from evaluations.workflow import PLAN


@dataclass(frozen=True)
class Coverage:
    """How far an authority is: of `total` enrolled stations, so many have a visit planned, and so
    many are signed off."""

    total: int
    planned: int
    signed: int

    @property
    def unplanned(self) -> int:
        return self.total - self.planned


# --- the pool -------------------------------------------------------------------------------------


@transaction.atomic
def save_inspector(
    *, authority: Organisation, values: dict, by, now: datetime, inspector: Inspector | None = None
) -> Inspector:
    """Add somebody to the authority's pool, or change the row. `values`: unit, name, phone, user,
    active. `ValidationError` when the name is taken: checks name people by it."""
    check_can_keep_pool(by, authority)
    if not authority.covers(values["unit"]):
        raise ValidationError(_("The unit lies outside your area."))
    row = inspector or Inspector(pool=authority)
    for name in ("unit", "name", "phone", "user", "active"):
        if name in values:
            setattr(row, name, values[name])
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ValidationError(
            _("“%(name)s” is already in the pool; add something that tells the two apart.")
            % {"name": row.name}
        ) from error
    audit.record(
        by=by,
        act="inspector.saved",
        target=row,
        now=now,
        after={"unit": row.unit.code, "active": row.active},
    )
    return row


@transaction.atomic
def save_rules(*, rules: AcceptanceRules, by, now: datetime) -> AcceptanceRules:
    """Set the campaign's numbers of acceptance; what is signed already keeps its result."""
    check_can_set_rules(by)
    rules.version += 1
    rules.save()
    names = [field.name for field in rules._meta.fields if field.name not in ("id", "campaign")]
    audit.record(
        by=by,
        act="acceptance_rules.changed",
        target=rules,
        now=now,
        after={name: str(getattr(rules, name)) for name in names},
    )
    return rules


# --- teams and visits -----------------------------------------------------------------------------


def plan_of(campaign: Campaign, authority: Organisation) -> AcceptancePlan:
    """The authority's plan; unsaved before the first team is formed."""
    plan = AcceptancePlan.objects.filter(campaign=campaign, authority=authority).first()
    return plan or AcceptancePlan(campaign=campaign, authority=authority)


def enrolments_of(campaign: Campaign, authority: Organisation):
    """The stations that the authority accepts in the campaign."""
    return Enrolment.objects.filter(accepted_by(authority), campaign=campaign)


def coverage_of(campaign: Campaign, authority: Organisation) -> Coverage:
    """Counted in one query."""
    counts = enrolments_of(campaign, authority).aggregate(
        total=Count("pk"),
        planned=Count("pk", filter=Q(planned_visit__isnull=False)),
        signed=Count("pk", filter=Q(acceptance__state=CheckState.SIGNED)),
    )
    return Coverage(**counts)


@transaction.atomic
def save_team(
    *,
    campaign: Campaign,
    authority: Organisation,
    members: list[Inspector],
    by,
    now: datetime,
    team: InspectionTeam | None = None,
) -> InspectionTeam:
    """Form a team of the authority's pool, or change its members."""
    plan = plan_of(campaign, authority)
    check_can_plan(by, plan, now)
    rules = AcceptanceRules.objects.of(campaign)
    people = {person.pk: person for person in members}
    if any(person.pool_id != authority.pk or not person.active for person in people.values()):
        raise ValidationError(_("A team is formed of the authority's own pool."))
    if len(people) < rules.team_size:
        raise ValidationError(
            _("A team has %(number)s inspectors or more.") % {"number": rules.team_size}
        )
    if team is None:
        if plan.pk is None:
            plan, _made = AcceptancePlan.objects.get_or_create(
                campaign=campaign, authority=authority
            )
        latest = plan.teams.aggregate(latest=Max("number"))["latest"] or 0
        team = InspectionTeam.objects.create(plan=plan, number=latest + 1)
    else:
        for visit in _with_units(team.visits):
            check_independent(visit.enrolment, people.values())
    team.members.set(people.values())
    audit.record(
        by=by,
        act="acceptance_plan.team_formed",
        target=plan,
        now=now,
        after={"team": team.number, "members": [person.name for person in people.values()]},
    )
    return team


@transaction.atomic
def propose_schedule(
    *,
    campaign: Campaign,
    authority: Organisation,
    starts_on: date,
    visits_a_day: int,
    by,
    now: datetime,
) -> int:
    """Give every station without a visit a team and a working day, county by county: the team with
    the least to do that has nobody from the county takes all of it. How many visits were planned.

    `Incomplete` when no team may go somewhere, or when the days of the campaign do not suffice.
    """
    plan = plan_of(campaign, authority)
    check_can_plan(by, plan, now)
    teams = list(plan.teams.prefetch_related("members")) if plan.pk else []
    if not teams:
        raise Incomplete(_("Form a team first."))
    loads = {team.pk: team.visits.count() for team in teams}
    last_day = _last_day(campaign)
    differing = differing_days(starts_on, last_day)
    counties = defaultdict(list)
    waiting = enrolments_of(campaign, authority).filter(planned_visit=None).with_station()
    for enrolment in waiting:
        counties[enrolment.bureau.code].append(enrolment)
    visits = []
    for code in sorted(counties, key=lambda code: (-len(counties[code]), code)):
        rows = counties[code]
        free = [
            team
            for team in teams
            if not any(m.belongs_to(row) for m in team.members.all() for row in rows)
        ]
        if not free:
            raise Incomplete(
                _("Every team has somebody from %(county)s; form one without.")
                % {"county": rows[0].bureau.name}
            )
        team = min(free, key=lambda team: (loads[team.pk], team.number))
        for enrolment in rows:
            day = _nth_working_day(starts_on, loads[team.pk] // visits_a_day, differing)
            position = loads[team.pk] % visits_a_day + 1
            loads[team.pk] += 1
            visits.append(
                PlannedVisit(plan=plan, enrolment=enrolment, team=team, day=day, position=position)
            )
    latest = max((visit.day for visit in visits), default=starts_on)
    if latest > last_day:
        raise Incomplete(
            _("That would last until %(day)s, but acceptance ends on %(end)s. Form more teams.")
            % {"day": f"{latest:%Y-%m-%d}", "end": f"{last_day:%Y-%m-%d}"}
        )
    PlannedVisit.objects.bulk_create(visits, batch_size=1000)
    audit.record(
        by=by,
        act="acceptance_plan.scheduled",
        target=plan,
        now=now,
        after={"visits": len(visits), "from": starts_on.isoformat()},
    )
    return len(visits)


@transaction.atomic
def change_visit(
    *, visit: PlannedVisit, team: InspectionTeam, day: date, position: int, by, now: datetime
) -> PlannedVisit:
    """Send another team, or on another day."""
    check_can_plan(by, visit.plan, now)
    _check_day_and_team(visit.plan, team, day, now)
    check_independent(visit.enrolment, team.members.all())
    before = {"team": visit.team.number, "day": visit.day.isoformat()}
    visit.team, visit.day, visit.position = team, day, position
    visit.save(update_fields=["team", "day", "position"])
    audit.record(
        by=by,
        act="acceptance_plan.visit_changed",
        target=visit.plan,
        now=now,
        before=before,
        after={
            "station": visit.enrolment.organisation.code,
            "team": team.number,
            "day": day.isoformat(),
        },
    )
    return visit


@transaction.atomic
def move_visits(
    *,
    plan: AcceptancePlan,
    visits: list[PlannedVisit],
    team: InspectionTeam | None,
    day: date | None,
    by,
    now: datetime,
) -> int:
    """Send `visits` on another `day`, with another `team`, or both (None: as planned), all or none;
    how many. They come last on their new day's route, in the order in which they stood.

    `ValidationError` names each station to which the team may not go.
    """
    check_can_plan(by, plan, now)
    if not visits or (team is None and day is None):
        raise ValidationError(_("Choose stations, and a day or a team for them."))
    visits = sorted(visits, key=lambda visit: (visit.day, visit.team.number, visit.position))
    for new_team, new_day in {(team or visit.team, day or visit.day) for visit in visits}:
        _check_day_and_team(plan, new_team, new_day, now)
    refusals = []
    for visit in visits:
        try:
            check_independent(visit.enrolment, (team or visit.team).members.all())
        except ValidationError as refusal:
            refusals.append(f"{visit.enrolment.station.name}: {refusal.messages[0]}")
    if refusals:
        raise ValidationError(refusals)
    staying = plan.visits.exclude(pk__in=[visit.pk for visit in visits]).order_by()
    rows = staying.values_list("team", "day").annotate(last=Max("position"))
    last = {(team_id, visit_day): position for team_id, visit_day, position in rows}
    for visit in visits:
        visit.team, visit.day = team or visit.team, day or visit.day
        visit.position = last[visit.team_id, visit.day] = (
            last.get((visit.team_id, visit.day), 0) + 1
        )
    PlannedVisit.objects.bulk_update(visits, ["team", "day", "position"], batch_size=500)
    audit.record(
        by=by,
        act="acceptance_plan.visits_moved",
        target=plan,
        now=now,
        after={
            "stations": [visit.enrolment.organisation.code for visit in visits],
            "team": team and team.number,
            "day": day and day.isoformat(),
        },
    )
    return len(visits)


def _check_day_and_team(plan, team, day, now) -> None:
    if team.plan_id != plan.pk:
        raise ValidationError(_("This team is not of this plan."))
    if not plan.campaign.allows(Activity.ACCEPT, now) or day > _last_day(plan.campaign):
        raise ValidationError(_("Acceptance is over on that day."))


@transaction.atomic
def adopt_plan(*, plan: AcceptancePlan, by, now: datetime) -> AcceptancePlan:
    """Adopt the plan: no enrolled station is left out (notice part 6 (2): all stations)."""
    if plan.pk is None:
        raise Incomplete(_("Form a team first."))
    check_can_adopt_plan(by, plan, "adopted")
    coverage = coverage_of(plan.campaign, plan.authority)
    if coverage.unplanned:
        raise Incomplete(
            _("%(number)s enrolled stations have no visit yet.") % {"number": coverage.unplanned}
        )
    return PLAN.apply(plan, "adopted", by=by, now=now, adopted_by=by, adopted_at=now)


@transaction.atomic
def withdraw_plan(*, plan: AcceptancePlan, reason: str, by, now: datetime) -> AcceptancePlan:
    """Take an adopted plan back, to change it."""
    if plan.pk is None:
        raise WrongMoment(_("There is no plan yet."))
    check_can_adopt_plan(by, plan, "withdrawn")
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return PLAN.apply(
        plan, "withdrawn", by=by, now=now, reason=reason, adopted_by=None, adopted_at=None
    )


def _with_units(visits):
    return visits.select_related("enrolment__station__organisation__supervisor__supervisor")


def _last_day(campaign: Campaign) -> date:
    """The last day on which the campaign allows acceptance checks."""
    phases = campaign.phases.filter(activities__activity=Activity.ACCEPT)
    latest = phases.aggregate(latest=Max("ends_on"))["latest"]
    if latest is None:
        raise WrongMoment(
            _("The campaign does not allow this now: %(what)s.") % {"what": Activity.ACCEPT.label}
        )
    return latest


def _nth_working_day(starts_on: date, count: int, differing) -> date:
    first = (
        starts_on
        if is_working_day(starts_on, differing)
        else add_working_days(starts_on, 1, differing)
    )
    return add_working_days(first, count, differing)
