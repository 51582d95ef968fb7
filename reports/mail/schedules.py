"""Summaries that go out by the calendar: weekly to counties, monthly to prefectures, after each
phase to the province, or as the office changes it."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, CampaignState
from common import clock
from reports.mail.sending import mail_to_officers, officers_of
from reports.models import (
    MailSchedule,
    ReportKind,
    ReportState,
    Rhythm,
    ScheduledRound,
    Unsubscription,
)
from reports.papers import PAPERS
from reports.policies import check_can_keep_rules
from reports.services import plan_report
from scoring.models import ScoreRun
from scoring.models.run import SEEN_BY_UNITS

USUAL = (
    (OrganisationKind.COUNTY, Rhythm.WEEKLY),
    (OrganisationKind.PREFECTURE, Rhythm.MONTHLY),
    (OrganisationKind.PROVINCE, Rhythm.PHASE_END),
)


@transaction.atomic
def set_usual_schedules(*, campaign: Campaign, by, now: datetime) -> None:
    """The schedules of the notice's levels, for a campaign that has none of them yet: Mondays, the
    first of the month, and the morning after a phase, at eight."""
    check_can_keep_rules(by)
    for audience, rhythm in USUAL:
        schedule, is_new = MailSchedule.objects.get_or_create(
            campaign=campaign,
            audience=audience,
            rhythm=rhythm,
            defaults={"starts_on": clock.today(now)},
        )
        if is_new:
            audit.record(by=by, act="schedule.added", target=schedule, now=now)


def carry_out_schedules(*, now: datetime) -> int:
    """Ask for the summaries whose hour has come, once a period; how many were asked for."""
    rows = MailSchedule.objects.filter(active=True, campaign__state=CampaignState.OPEN)
    return sum(_carry_out(schedule, now) for schedule in rows.select_related("campaign"))


def _carry_out(schedule: MailSchedule, now: datetime) -> int:
    found = last_due(schedule, now)
    runs = ScoreRun.objects.all()
    if schedule.audience != OrganisationKind.PROVINCE:
        runs = runs.filter(state__in=SEEN_BY_UNITS)
    run = runs.latest_of(schedule.campaign)
    if found is None or run is None or found[1] < clock.start_of(schedule.starts_on):
        return 0
    with transaction.atomic():
        _round, is_new = ScheduledRound.objects.get_or_create(
            schedule=schedule, period=found[0], defaults={"made_at": now}
        )
        return _ask(schedule, run, now) if is_new else 0


def _ask(schedule: MailSchedule, run: ScoreRun, now: datetime) -> int:
    """A summary of each unit, in each language that its officers read."""
    units = Organisation.objects.filter(kind=schedule.audience, active=True).order_by("path")
    unwilling = set(Unsubscription.objects.values_list("user", flat=True))
    asked = 0
    for unit in units:
        readers = [user for user in officers_of(unit) if user.pk not in unwilling]
        for language in sorted({user.language for user in readers}):
            report = plan_report(
                paper=PAPERS[ReportKind.UNIT_SUMMARY],
                organisation=unit,
                campaign=schedule.campaign,
                run=run,
                by=None,
                now=now,
                language=language,
                bell=False,
            )
            if report.state == ReportState.DONE:
                mail_to_officers(report=report, now=now)
            asked += 1
    return asked


def last_due(schedule: MailSchedule, now: datetime) -> tuple[str, datetime] | None:
    """(name, moment) of the schedule's latest period that has begun; None before the first."""
    today = clock.today(now)
    if schedule.rhythm == Rhythm.PHASE_END:
        return _last_phase(schedule, now)
    if schedule.rhythm == Rhythm.WEEKLY:
        monday = today - timedelta(days=today.weekday())
        days = [monday, monday - timedelta(days=7)]
        moments = [_moment(schedule, day + timedelta(days=schedule.day - 1)) for day in days]
        name = "%G-W%V"
    else:
        first = today.replace(day=1)
        days = [first, (first - timedelta(days=1)).replace(day=1)]
        moments = [_moment(schedule, day.replace(day=schedule.day)) for day in days]
        name = "%Y-%m"
    moment = moments[0] if moments[0] <= now else moments[1]
    return moment.strftime(name), moment


def _last_phase(schedule: MailSchedule, now: datetime) -> tuple[str, datetime] | None:
    ended = [
        (phase.kind, _moment(schedule, phase.ends_on + timedelta(days=schedule.day)))
        for phase in schedule.campaign.phases.order_by("ends_on")
    ]
    return next((found for found in reversed(ended) if found[1] <= now), None)


def _moment(schedule: MailSchedule, day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(schedule.hour)))
