"""What every process of the installation must share: time, signs of life, rate limits."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DemonstrationClock(models.Model):
    """The day on which the demonstration stands: one row, read only in demonstration mode."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    today = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_demonstration_clock")
        ]

    def __str__(self):
        return str(self.today)


class Heartbeat(models.Model):
    """When a background process last showed that it lives (real time, not the demonstration's)."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    token = models.CharField(max_length=32, blank=True)

    def __str__(self):
        return f"{self.name} {self.at}"


class RateLimit(models.Model):
    """Numbers of a throttle scope that differ from its defaults (common/throttle.py)."""

    scope = models.CharField(max_length=40, primary_key=True)
    limit = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(limit__gte=1, seconds__gte=1), name="rate_limit_positive"
            )
        ]

    def __str__(self):
        return f"{self.scope}: {self.limit} / {self.seconds} s"


class UploadLimits(models.Model):
    """How large a file may be, and how many one object may have: one row (common/uploads.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    megabytes = models.PositiveSmallIntegerField(_("megabytes of one file"), default=10)
    files = models.PositiveSmallIntegerField(_("files of one object"), default=30)

    class Meta:
        verbose_name = _("limits of uploads")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_upload_limits"),
            models.CheckConstraint(
                condition=models.Q(megabytes__range=(1, 100), files__gte=1),
                name="upload_limits_possible",
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def in_force(cls) -> "UploadLimits":
        """The row, or the defaults while there is none."""
        return cls.objects.first() or cls()


class ThrottleWindow(models.Model):
    """How often one key acted in one window. `digest` is a keyed hash of scope, window and key."""

    digest = models.CharField(max_length=64, primary_key=True)
    ends_at = models.DateTimeField(db_index=True)
    hits = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.digest[:8]} {self.hits}"
