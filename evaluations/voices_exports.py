"""What people said, as workbooks: the register of opinions, the minutes of meetings."""

from datetime import datetime

from django.utils.translation import gettext as _

from common.workbook import workbook_response
from evaluations.minutes import Minutes


def opinion_register(opinions):
    """The register of opinions and complaints as an xlsx download; who said them stands nowhere in
    it. `opinions` with units and the next due day."""
    headers = [
        _("reference number"),
        _("Received at"),
        _("Kind"),
        _("Channel"),
        _("Group"),
        _("About"),
        _("Handled by"),
        _("State"),
        _("Next day due"),
        _("What was said"),
        _("With a name"),
        _("Decided at"),
        _("Reason"),
        _("Answers"),
    ]
    return workbook_response(
        "opinions.xlsx",
        title=_("Register of opinions and complaints"),
        headers=headers,
        rows=(
            [
                row.number,
                row.received_at,
                row.get_kind_display(),
                row.get_channel_display(),
                row.get_group_display(),
                row.target.name if row.target else _("the campaign as a whole"),
                row.handler.name,
                row.get_state_display(),
                row.due_on,
                row.text,
                _("yes") if row.named else _("no"),
                row.decided_at,
                row.decision_reason,
                "\n".join(answer.text for answer in row.answers.all()),
            ]
            for row in opinions.prefetch_related("answers").iterator(chunk_size=500)
        ),
        widths=(14, 18, 12, 10, 14, 30, 24, 12, 12, 50, 8, 18, 30, 50),
    )


def minutes_workbook(minutes: Minutes, now: datetime):
    """The questions of a review meeting with their answers, as an xlsx download; above them stand
    the meeting's facts, the attendance and the reports, one fact a row."""
    meeting = minutes.meeting
    rows = [
        (_("Meeting"), meeting.title, "", "", "", ""),
        (_("Run by"), meeting.organisation.name, "", "", "", ""),
        (_("Begins at"), meeting.starts_at, "", "", "", ""),
        (_("Place"), meeting.place, "", "", "", ""),
        (_("Chair"), meeting.chair, "", "", "", ""),
        *((_("Agenda"), item, "", "", "", "") for item in meeting.agenda_items),
        (_("Course of the meeting"), meeting.remarks, "", "", "", ""),
    ]
    for group in minutes.attendance:
        count = _("%(present)s of %(invited)s present") % {
            "present": group.present,
            "invited": group.invited,
        }
        rows.append((_("Attendance"), str(group.label), count, "、".join(group.names), "", ""))
    for report in minutes.reports:
        for label, text in report.aspects():
            station = report.enrolment.organisation.name
            rows.append((_("Report"), station, report.speaker, str(label), text, ""))
    for question in minutes.questions:
        rows.append(
            (
                _("Delegate's question"),
                question.enrolment.organisation.name,
                str(question.delegate or _("not named")),
                question.text,
                question.answer,
                _outcome(question, now),
            )
        )
    return workbook_response(
        f"minutes-{meeting.pk}.xlsx",
        title=_("Minutes"),
        headers=[_("What"), _("Whom"), _("Who"), _("Said"), _("Answer"), _("Outcome")],
        rows=rows,
        widths=(14, 30, 24, 50, 50, 36),
    )


def _outcome(question, now) -> str:
    """How a question ended, in a few words."""
    parts = [question.get_state_display()]
    if question.on_the_spot:
        parts.append(_("answered on the spot"))
    if question.due_on:
        parts.append(_("in writing by %(day)s") % {"day": question.due_on.isoformat()})
    if question.is_overdue(now):
        parts.append(_("overdue"))
    if question.was_late:
        parts.append(_("late"))
    if question.satisfaction:
        parts.append(question.get_satisfaction_display())
    if question.finding_id:
        parts.append(_("in the register of problems"))
    return "；".join(str(part) for part in parts)
