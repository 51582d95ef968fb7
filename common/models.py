"""The two facts about the installation that every process must share."""

from django.db import models


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
