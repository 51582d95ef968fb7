"""What the provincial office decides about mails: schedules, words, rules."""

from datetime import datetime

from django.db import transaction
from django.forms.models import model_to_dict

from accounts import audit
from reports.models import MailSchedule, MailTemplate, ReportRules
from reports.policies import check_can_keep_rules


@transaction.atomic
def keep_schedule(*, schedule: MailSchedule, by, now: datetime) -> MailSchedule:
    """Save a changed schedule."""
    check_can_keep_rules(by)
    before = _plain(MailSchedule.objects.select_for_update().get(pk=schedule.pk))
    schedule.save()
    audit.record(
        by=by,
        act="schedule.changed",
        target=schedule,
        now=now,
        before=before,
        after=_plain(schedule),
    )
    return schedule


@transaction.atomic
def keep_words(
    *, occasion: str, language: str, subject: str, text: str, by, now: datetime
) -> MailTemplate:
    """Save the office's words for an occasion in a language."""
    check_can_keep_rules(by)
    old = MailTemplate.objects.filter(occasion=occasion, language=language).first()
    row, _is_new = MailTemplate.objects.update_or_create(
        occasion=occasion, language=language, defaults={"subject": subject, "text": text}
    )
    audit.record(
        by=by,
        act="mail.words_changed",
        target=row,
        now=now,
        before={"subject": old.subject, "text": old.text} if old else {},
        after={"subject": subject, "text": text},
    )
    return row


@transaction.atomic
def keep_rules(*, rules: ReportRules, by, now: datetime) -> ReportRules:
    """Save the campaign's rules of papers."""
    check_can_keep_rules(by)
    before = _plain(ReportRules.of(rules.campaign))
    rules.save()
    audit.record(
        by=by,
        act="report_rules.changed",
        target=rules,
        now=now,
        before=before,
        after=_plain(rules),
    )
    return rules


def _plain(row) -> dict:
    return {name: str(value) for name, value in model_to_dict(row).items()}
