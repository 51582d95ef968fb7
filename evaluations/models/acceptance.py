"""The acceptance check on site (检查验收): per criterion a deduction with its reason."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Enrolment
from evaluations.models.evidence import Evidence
from evaluations.models.finding import EnrolmentScopedQuerySet
from evaluations.models.plan import Inspector
from evaluations.models.standard import Criterion, Standard


def accepted_by(organisation) -> Q:
    """The condition "the acceptance authority is `organisation`" on enrolments: the same rule as
    `Enrolment.acceptance_authority`, for lists."""
    bureau = "station__organisation__supervisor"
    return Q(**{bureau: organisation, f"{bureau}__kind": OrganisationKind.PREFECTURE}) | Q(
        **{f"{bureau}__supervisor": organisation, f"{bureau}__kind": OrganisationKind.COUNTY}
    )


def over_reporting_index(over, points) -> Decimal | None:
    """100 · points over-reported / points compared, rounded once, half up, to two places."""
    if over is None or not points:
        return None
    return (over * 100 / points).quantize(Decimal("0.01"), ROUND_HALF_UP)


class CheckState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SIGNED = "signed", _("signed off")


class AcceptanceResult(models.TextChoices):
    """What the check came to; `CONDITIONAL` waits for its re-check (整改后复验)."""

    QUALIFIED = "qualified", _("qualified")
    CONDITIONAL = "conditional", _("re-check after rectification")
    AFTER_RECTIFICATION = "after_mending", _("qualified after rectification")
    NOT_QUALIFIED = "not_qualified", _("not qualified")


class AcceptanceCheck(models.Model):
    """One check per enrolment, by the acceptance authority; frozen when signed off.

    A check that two people opened again is a draft of the next `round`; its former round is kept
    as a `FormerCheck`.
    """

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="acceptance")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    checked_on = models.DateField(_("checked on"))
    state = models.CharField(
        _("state"), max_length=8, choices=CheckState.choices, default=CheckState.DRAFT
    )
    # Points of its criteria less all deductions, written at sign-off; None before.
    score = models.DecimalField(_("check score"), max_digits=5, decimal_places=1, null=True)
    result = models.CharField(
        _("result"), max_length=14, choices=AcceptanceResult.choices, blank=True
    )
    # Written at sign-off: over the criteria on which both the station and the team gave points,
    # the sum of the points that the station gave itself too many, and the points compared. None:
    # there was nothing to compare with.
    over_reported = models.DecimalField(
        _("points over-reported"), max_digits=5, decimal_places=1, null=True
    )
    compared_points = models.DecimalField(
        _("points compared"), max_digits=5, decimal_places=1, null=True
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed off at"), null=True)
    version = models.PositiveIntegerField(default=1)

    objects = EnrolmentScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance check")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CheckState.values), name="check_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", signed_at=None, score=None)
                | Q(
                    state="signed",
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    score__isnull=False,
                ),
                name="check_signed_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(result="") | Q(state="signed", result__in=AcceptanceResult.values),
                name="check_result_known",
            ),
            models.CheckConstraint(
                condition=Q(over_reported=None, compared_points=None)
                | Q(over_reported__gte=0, compared_points__gt=0),
                name="check_compared_whole",
            ),
        ]

    def __str__(self):
        return str(self.enrolment)

    @property
    def over_reporting_index(self) -> Decimal | None:
        """In percent of the points compared; None where there was nothing to compare with."""
        return over_reporting_index(self.over_reported, self.compared_points)


class CheckInspector(models.Model):
    """A member of the team; a check needs two or more."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="inspectors")
    # As the person was called on the day of the check, whatever the pool says later.
    name = models.CharField(_("inspector"), max_length=40)
    person = models.ForeignKey(Inspector, models.PROTECT, null=True, related_name="checks")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "name"], name="inspector_named_once")
        ]

    def __str__(self):
        return self.name


class CheckScore(models.Model):
    """What was deducted on one criterion, and why; `deduction` None: not looked at yet."""

    check_of = models.ForeignKey(AcceptanceCheck, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    deduction = models.DecimalField(_("deduction"), max_digits=4, decimal_places=1, null=True)
    reason = models.TextField(_("reason of the deduction"), blank=True)
    note = models.TextField(_("note"), blank=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    # Counted up by every change: a device that kept an older value is told, never obeyed.
    revision = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["criterion__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_of", "criterion"], name="one_check_score_a_criterion"
            ),
            models.CheckConstraint(
                condition=Q(deduction__isnull=True) | Q(deduction__gte=0),
                name="deduction_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(deduction__isnull=True) | Q(deduction=0) | ~Q(reason=""),
                name="deduction_has_reason",
            ),
        ]

    def __str__(self):
        return f"{self.criterion.number} -{self.deduction}"
