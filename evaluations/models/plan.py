"""The acceptance plan (验收方案): the pool of inspectors, the teams, who is visited when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from campaign.models import Campaign, Enrolment
from evaluations.models.finding import EnrolmentScopedQuerySet


class InspectorQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "pool__path"))

    def for_duty(self):
        return self.filter(active=True)


class Inspector(models.Model):
    """Somebody whom an authority (`pool`) may send out; `unit`: where the person works."""

    pool = models.ForeignKey(Organisation, models.PROTECT, related_name="inspectors")
    unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("works at")
    )
    name = models.CharField(_("name"), max_length=40)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # The account with which the person signs in on site, where there is one.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    active = models.BooleanField(_("active"), default=True)

    objects = InspectorQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspector")
        ordering = ["pool__path", "name"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "name"], name="one_inspector_a_name")
        ]

    def __str__(self):
        return self.name

    def belongs_to(self, enrolment: Enrolment) -> bool:
        """True when the person works at the inspected station, or at its county bureau."""
        inspected = {enrolment.organisation.pk}
        if enrolment.bureau != enrolment.acceptance_authority:
            inspected.add(enrolment.bureau.pk)
        return self.unit_id in inspected


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ADOPTED = "adopted", _("adopted")


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The plans of the person's unit and below; the inspected learn nothing of a schedule."""
        return self.filter(scope_of(user, "authority__path"))


class AcceptancePlan(models.Model):
    """An authority's plan in a campaign: adopted when every enrolled station has its visit."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=8, choices=PlanState.choices, default=PlanState.DRAFT
    )
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    adopted_at = models.DateTimeField(_("adopted at"), null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance plan")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "authority"], name="one_acceptance_plan_an_authority"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PlanState.values), name="acceptance_plan_state_known"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year} · {self.authority}"


class InspectionTeam(models.Model):
    """Two or more inspectors of the authority's pool who go out together."""

    plan = models.ForeignKey(AcceptancePlan, models.CASCADE, related_name="teams")
    number = models.PositiveSmallIntegerField(_("number"))
    members = models.ManyToManyField(Inspector, related_name="+", verbose_name=_("members"))

    class Meta:
        verbose_name = _("inspection team")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_team_a_number")]

    def __str__(self):
        return str(_("Team %(number)s") % {"number": self.number})


class PlannedVisit(models.Model):
    """That a team visits a station on a day; `position`: the order on that team's way."""

    plan = models.ForeignKey(AcceptancePlan, models.CASCADE, related_name="visits")
    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="planned_visit")
    team = models.ForeignKey(InspectionTeam, models.PROTECT, related_name="visits")
    day = models.DateField(_("day"))
    position = models.PositiveSmallIntegerField(_("place on the route"), default=1)

    objects = EnrolmentScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("planned visit")
        ordering = ["day", "team__number", "position", "pk"]
        indexes = [models.Index(fields=["plan", "day"])]

    def __str__(self):
        return f"{self.day} {self.enrolment}"
