"""Problems from every source (问题): one register."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from evaluations.models.evidence import Evidence
from evaluations.models.standard import Area, Criterion


class FindingSource(models.TextChoices):
    SELF_INSPECTION = "self_inspection", _("self-inspection")
    OPINION = "opinion", _("opinion")
    COMPLAINT = "complaint", _("complaint")
    MEETING = "meeting", _("review meeting")
    # A comment or a lead: which of them, the station does not learn.
    SURVEY = "survey", _("questionnaire")
    ACCEPTANCE = "acceptance", _("acceptance check")
    SPOT_CHECK = "spot_check", _("spot check")
    SECRET_VISIT = "secret_visit", _("secret visit")
    COMMITMENT = "commitment", _("broken commitment")


class FindingCategory(models.TextChoices):
    """The four kinds that the notice asks to be mended first (part 4 (2) 3)."""

    THINKING = "thinking", _("thinking and conduct")
    WORK = "work", _("working style")
    SERVICE = "service", _("law enforcement and service")
    MANAGEMENT = "management", _("internal management")


class Severity(models.TextChoices):
    MINOR = "minor", _("minor")
    MAJOR = "major", _("major")
    SEVERE = "severe", _("severe")


class EnrolmentScopedQuerySet(models.QuerySet):
    """Rows that hang on an enrolment."""

    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class FindingQuerySet(EnrolmentScopedQuerySet):
    def with_all(self):
        """With what the register shows of each, in one query."""
        return self.select_related(
            "task",
            "area",
            "criterion",
            "recorded_by",
            "enrolment__campaign",
            "enrolment__station__organisation__supervisor__supervisor",
        )


class Finding(models.Model):
    """A problem found at a station, whatever brought it to light."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="findings")
    source = models.CharField(_("source"), max_length=16, choices=FindingSource.choices)
    criterion = models.ForeignKey(
        Criterion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("criterion"),
    )
    # With a criterion, its area; else what the recorder says. None: it falls under no area.
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    category = models.CharField(_("category"), max_length=12, choices=FindingCategory.choices)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity.choices, default=Severity.MINOR
    )
    text = models.TextField(_("problem"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    # How it looked before: the files of whoever found it.
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    # The same problem somewhere else, or from another source.
    similar = models.ManyToManyField("self", blank=True)
    # What the row was made from (a form's token, an item): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["-recorded_at", "-id"], name="finding_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=FindingSource.values), name="finding_source_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=FindingCategory.values), name="finding_category_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="finding_severity_known"
            ),
        ]

    def __str__(self):
        return self.text[:40]


class SavedFilter(models.Model):
    """A person's filter of the register under a name of their own. `query` is what follows "?" in
    its address, so that a filter is shared by sending the address."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="finding_filters"
    )
    name = models.CharField(_("name of the filter"), max_length=40)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_filter_a_name")]

    def __str__(self):
        return self.name
