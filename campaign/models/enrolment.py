"""A station's part in a campaign: everything else hangs on it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import OrganisationKind, scope_of
from accounts.roles import Permission
from campaign.models.campaign import Campaign
from stations.models import Station


class SupervisionLine(models.TextChoices):
    """Which levels stand above a station, and so who gives its daily scores."""

    REGULAR = "regular", _("prefecture and county")
    DIRECT = "direct", _("directly administered county")
    NO_COUNTY = "no_county", _("prefecture without counties")


class Awaited(models.TextChoices):
    """Work of a station that is handed in and waits for the bureau's decision; each value is the
    name by which an enrolment knows that work."""

    COMMITMENTS = "commitments", _("Commitments")
    SELF_INSPECTION = "self_inspection", _("Self-inspections")


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Enrolments inside the person's scope, for those who read or assess."""
        permissions = (Permission.READ, Permission.DAILY_ASSESS)
        return self.filter(scope_of(user, "station__organisation__path", permissions))

    def awaiting(self, what: Awaited):
        """Those whose work is handed in, and neither accepted nor returned."""
        return self.filter(**{f"{what.value}__state": "submitted"}).distinct()

    def with_station(self):
        """With campaign, station, its organisation and two levels of supervision, in one query."""
        return self.select_related("campaign", "station__organisation__supervisor__supervisor")


class Enrolment(models.Model):
    """A station takes part in a campaign (参评)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="enrolments")
    station = models.ForeignKey(Station, models.PROTECT, related_name="enrolments")
    enrolled_at = models.DateTimeField(_("enrolled at"))

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        ordering = ["station__organisation__path"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "station"], name="one_enrolment_a_campaign")
        ]

    def __str__(self):
        return f"{self.station} · {self.campaign.year}"

    @property
    def organisation(self):
        """The station's organisation."""
        return self.station.organisation

    @property
    def bureau(self):
        """The unit right above the station: the county bureau, or Jiyuan's prefecture."""
        return self.organisation.supervisor

    @property
    def line(self) -> str:
        """The supervision line along which the station is scored."""
        if self.bureau.kind == OrganisationKind.PREFECTURE:
            return SupervisionLine.NO_COUNTY
        if self.bureau.supervisor.kind == OrganisationKind.PROVINCE:
            return SupervisionLine.DIRECT
        return SupervisionLine.REGULAR

    @property
    def acceptance_authority(self):
        """Who accepts the station (检查验收): its prefecture, or the province for a directly
        administered county (notice, part 4 (2) 4)."""
        return self.bureau if self.line == SupervisionLine.NO_COUNTY else self.bureau.supervisor
