"""When reminders fall, who was told, and how a person wants to be told."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models.campaign import Campaign
from campaign.models.obligation import Obligation
from deliveries.models import Delivery, Notice


class ReminderStep(models.Model):
    """A day before (negative) or after the due day on which reminders go out; with `repeat_days`
    again every so many days from then on."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="reminder_steps")
    offset_days = models.SmallIntegerField(_("days after the due day"))
    repeat_days = models.PositiveSmallIntegerField(_("then every … days"), null=True, blank=True)

    class Meta:
        ordering = ["offset_days"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "offset_days"], name="one_step_an_offset")
        ]

    def __str__(self):
        return f"{self.offset_days:+d}"

    def day_for(self, due_on, today):
        """The latest day not after `today` on which this step falls for a due day, or None."""
        first = due_on + timedelta(days=self.offset_days)
        if first > today:
            return None
        if not self.repeat_days:
            return first
        return first + timedelta(days=(today - first).days // self.repeat_days * self.repeat_days)


class ReminderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who was told about what one's unit and all below it owe."""
        return self.filter(scope_of(user, "obligation__organisation__path"))


class Reminder(models.Model):
    """That a person was, or is being, reminded of an obligation on a step: never twice.

    In the portal always (`notice`), by mail (`delivery`) unless the person has no address or
    wants no mail about what is not overdue. `own`: they can meet it; else it is overdue below them.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="reminders")
    step_day = models.DateField(_("step"))
    own = models.BooleanField(default=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="reminders")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="reminders")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "obligation", "step_day"], name="one_reminder_per_person_and_step"
            )
        ]

    def __str__(self):
        return f"{self.user} {self.obligation} {self.step_day}"


class ReminderPreference(models.Model):
    """What a person chose. What is overdue comes by mail whatever was chosen."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_preference"
    )
    mail_before_due = models.BooleanField(
        _("Also send me mail about what is not overdue"), default=True
    )

    class Meta:
        verbose_name = _("reminder preference")

    def __str__(self):
        return f"{self.user} {self.mail_before_due}"


class CalendarFeed(models.Model):
    """A person's deadlines for their own calendar, under a secret address.

    Only the address's hash is kept: it is shown once, and a new one ends the old one.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed"
    )
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("calendar feed")

    def __str__(self):
        return str(self.user)
