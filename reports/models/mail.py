"""Scheduled summaries by mail, their templates, and who wants none."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import OrganisationKind
from campaign.models import Campaign


class Rhythm(models.TextChoices):
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")
    PHASE_END = "phase_end", _("at the end of each phase")


class MailSchedule(models.Model):
    """The summary of every unit of a kind, mailed to its officers in a rhythm.

    `day`: 1 (Monday) to 7 for a week, 1 to 28 for a month; after the end of a phase, how many days
    later (1: the next morning). Nothing is sent for days before `starts_on`.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="mail_schedules")
    audience = models.CharField(
        _("to the officers of"), max_length=12, choices=OrganisationKind.choices
    )
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm.choices)
    day = models.PositiveSmallIntegerField(_("day"), default=1)
    hour = models.PositiveSmallIntegerField(_("hour"), default=8)
    starts_on = models.DateField(_("from"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("mail schedule")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "audience", "rhythm"], name="one_schedule_an_audience"
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values), name="schedule_rhythm_known"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=["province", "prefecture", "county"]),
                name="schedule_audience_known",
            ),
            models.CheckConstraint(
                condition=Q(day__gte=1, hour__lte=23)
                & (~Q(rhythm="weekly") | Q(day__lte=7))
                & Q(day__lte=28),
                name="schedule_day_exists",
            ),
        ]

    def __str__(self):
        return f"{self.get_audience_display()} · {self.get_rhythm_display()}"


class ScheduledRound(models.Model):
    """That a schedule was carried out for a period ("2014-W43"): once, however often it is rung."""

    schedule = models.ForeignKey(MailSchedule, models.CASCADE, related_name="rounds")
    period = models.CharField(max_length=20)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "period"], name="one_round_a_period")
        ]

    def __str__(self):
        return f"{self.schedule} {self.period}"


class MailTemplate(models.Model):
    """The office's own words for a mail; without a row the portal's words stand.

    Words in braces, such as {unit}, are replaced; nothing else is computed (reports.mail.words).
    """

    occasion = models.CharField(_("occasion"), max_length=20)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=120)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("mail template")
        constraints = [
            models.UniqueConstraint(fields=["occasion", "language"], name="one_template_a_language")
        ]

    def __str__(self):
        return f"{self.occasion} ({self.language})"


class Unsubscription(models.Model):
    """A person who wants no scheduled summaries; what is owed is reminded of all the same."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("unsubscription")

    def __str__(self):
        return str(self.user)
