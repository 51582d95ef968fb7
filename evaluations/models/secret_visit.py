"""Secret visits (暗访): the province's alone until released (notice part 6 (2))."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from evaluations.models.evidence import Evidence, of_province
from evaluations.models.finding import Finding, FindingCategory, Severity
from evaluations.models.standard import Criterion


class VisitState(models.TextChoices):
    DRAFT = "draft", _("not released")
    RELEASED = "released", _("released")


class SecretVisitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All for the province; for those in whose area the station lies, what is released."""
        rows = self.filter(scope_of(user, "enrolment__station__organisation__path"))
        return rows if of_province(user) else rows.filter(state=VisitState.RELEASED)


class SecretVisit(models.Model):
    """An unannounced visit of the province to a station."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="secret_visits")
    visited_on = models.DateField(_("visited on"))
    visitors = models.CharField(_("visitors"), max_length=200)
    summary = models.TextField(_("what was seen"))
    state = models.CharField(
        _("state"), max_length=8, choices=VisitState.choices, default=VisitState.DRAFT
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(_("released at"), null=True)
    # What the row was made from (a form's token): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = SecretVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("secret visit")
        ordering = ["-visited_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=VisitState.values), name="secret_visit_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", released_at=None)
                | Q(state="released", released_at__isnull=False, released_by__isnull=False),
                name="secret_visit_released_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} · {self.visited_on}"


class VisitObservation(models.Model):
    """A problem seen on a secret visit; it becomes a finding when the visit is released."""

    visit = models.ForeignKey(SecretVisit, models.CASCADE, related_name="observations")
    criterion = models.ForeignKey(
        Criterion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("criterion"),
    )
    category = models.CharField(_("category"), max_length=12, choices=FindingCategory.choices)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity.choices, default=Severity.MINOR
    )
    text = models.TextField(_("problem"))
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("observation")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=FindingCategory.values), name="observation_category_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="observation_severity_known"
            ),
        ]

    def __str__(self):
        return self.text[:40]
