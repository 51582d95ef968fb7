"""Review meetings (面对面评议大会): planned, prepared, held, closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete, WrongMoment
from evaluations.meeting_policies import (
    check_can_change_meeting,
    check_can_keep_minutes,
    check_can_plan_meeting,
    check_can_run,
    check_can_write_report,
    check_reviewable,
)
from evaluations.models import (
    Delegate,
    MeetingReport,
    MeetingState,
    QuestionState,
    ReviewMeeting,
)
from evaluations.workflow import MEETING

PLAN_FIELDS = ("title", "starts_at", "place", "chair", "plan", "agenda")


@dataclass(frozen=True)
class Invited:
    """A delegate as a list names them."""

    group: str
    name: str
    unit: str = ""


@transaction.atomic
def plan_meeting(
    *, campaign: Campaign, values: dict, enrolments, by, now: datetime, key: str | None = None
) -> ReviewMeeting:
    """Plan a meeting of the acting unit's level (`values`: `PLAN_FIELDS`) at which the stations of
    `enrolments` are reviewed. The same `key` again gives the same meeting."""
    check_can_plan_meeting(by, campaign, now)
    check_reviewable(by.organisation, campaign, enrolments)
    if not enrolments:
        raise Incomplete(_("Choose at least one station to be reviewed."))
    made = {
        "campaign": campaign,
        "organisation": by.organisation,
        "planned_by": by,
        **values,
    }
    if key:
        meeting, created = ReviewMeeting.objects.get_or_create(
            key=f"{by.organisation.pk}:{key}", defaults=made
        )
    else:
        meeting, created = ReviewMeeting.objects.create(**made), True
    if created:
        _review(meeting, enrolments)
        audit.record(
            by=by,
            act="meeting.planned",
            target=meeting,
            now=now,
            after=_plain(meeting),
            rows=meeting.reports.all(),
        )
    return meeting


@transaction.atomic
def change_meeting(
    *, meeting: ReviewMeeting, values: dict, enrolments, by, now: datetime
) -> ReviewMeeting:
    """Change the plan and the stations reviewed; a station that has written its report stays."""
    check_can_change_meeting(by, meeting)
    check_reviewable(by.organisation, meeting.campaign, enrolments)
    if not enrolments:
        raise Incomplete(_("Choose at least one station to be reviewed."))
    before = _plain(ReviewMeeting.objects.get(pk=meeting.pk))
    # RACE: only while it is planned; a colleague may just have opened it.
    if not ReviewMeeting.objects.filter(pk=meeting.pk, state=MeetingState.PLANNED).update(**values):
        raise WrongMoment(_("The meeting is held or cancelled; its plan does not change any more."))
    off = meeting.reports.exclude(enrolment__in=enrolments).filter(written_at=None)
    dropped = list(off)
    off.delete()
    _review(meeting, enrolments)
    meeting.refresh_from_db()
    audit.record(
        by=by,
        act="meeting.changed",
        target=meeting,
        now=now,
        before=before,
        after=_plain(meeting),
        rows=[*dropped, *meeting.reports.all()],
    )
    return meeting


@transaction.atomic
def hold_meeting(*, meeting: ReviewMeeting, by, now: datetime) -> ReviewMeeting:
    """It is held: attendance, questions and answers can be recorded."""
    check_can_run(by, meeting, "held")
    return MEETING.apply(meeting, "held", by=by, now=now, held_at=now)


@transaction.atomic
def cancel_meeting(*, meeting: ReviewMeeting, reason: str, by, now: datetime) -> ReviewMeeting:
    """It does not take place, for a reason."""
    check_can_run(by, meeting, "cancelled")
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    return MEETING.apply(meeting, "cancelled", by=by, now=now, reason=reason.strip())


@transaction.atomic
def close_minutes(*, meeting: ReviewMeeting, by, now: datetime) -> ReviewMeeting:
    """Close the minutes. Written replies may still come in; every question must have been answered
    or promised an answer."""
    check_can_run(by, meeting, "closed")
    if meeting.questions.filter(state=QuestionState.ASKED).exists():
        raise Incomplete(
            _("Every question is answered on the spot or promised a written reply before that.")
        )
    return MEETING.apply(meeting, "closed", by=by, now=now, closed_at=now)


@transaction.atomic
def invite_delegates(
    *, meeting: ReviewMeeting, delegates: Iterable[Invited], by, now: datetime
) -> int:
    """Add delegates; those on the list already stay as they are. How many were added."""
    if meeting.state == MeetingState.HELD:
        check_can_keep_minutes(by, meeting)
    else:
        check_can_change_meeting(by, meeting)
    before = meeting.delegates.count()
    Delegate.objects.bulk_create(
        [
            Delegate(meeting=meeting, group=person.group, name=person.name, unit=person.unit)
            for person in delegates
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    added = meeting.delegates.count() - before
    if added:
        audit.record(
            by=by, act="delegates.invited", target=meeting, now=now, after={"added": added}
        )
    return added


@transaction.atomic
def take_attendance(
    *, meeting: ReviewMeeting, present: Iterable[int], remarks: str, by, now: datetime
) -> int:
    """Write down who is there (`present`: delegates' keys) and how the meeting went; all others
    are absent. How many are there."""
    check_can_keep_minutes(by, meeting)
    present = set(present)
    meeting.delegates.filter(pk__in=present).update(attended=True)
    meeting.delegates.exclude(pk__in=present).update(attended=False)
    ReviewMeeting.objects.filter(pk=meeting.pk).update(remarks=remarks.strip())
    count = meeting.delegates.filter(attended=True).count()
    audit.record(by=by, act="attendance.taken", target=meeting, now=now, after={"present": count})
    return count


@transaction.atomic
def write_report(
    *, report: MeetingReport, speaker: str, aspects: dict[str, str], by, now: datetime
) -> MeetingReport:
    """What the station's head reports: a text for each of the four aspects."""
    check_can_write_report(by, report)
    if missing := [name for name in MeetingReport.ASPECTS if not aspects.get(name, "").strip()]:
        raise Incomplete(_("Report on all four aspects.") + f" ({', '.join(missing)})")
    report.speaker = speaker.strip()
    for name in MeetingReport.ASPECTS:
        setattr(report, name, aspects[name].strip())
    report.written_by, report.written_at = by, now
    report.save()
    audit.record(by=by, act="meeting_report.written", target=report, now=now)
    return report


def _review(meeting, enrolments):
    MeetingReport.objects.bulk_create(
        [MeetingReport(meeting=meeting, enrolment=enrolment) for enrolment in enrolments],
        ignore_conflicts=True,
    )


def _plain(meeting) -> dict:
    return {name: str(getattr(meeting, name)) for name in PLAN_FIELDS}
