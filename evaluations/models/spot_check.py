"""Spot checks (抽查): a draw that anybody can repeat, and what the second look found."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from campaign.models import Campaign, Enrolment
from evaluations.models.evidence import Evidence, of_province
from evaluations.models.finding import EnrolmentScopedQuerySet
from evaluations.models.plan import Inspector
from evaluations.models.standard import Criterion, Standard


class DrawState(models.TextChoices):
    FRAMED = "framed", _("frame recorded")
    DRAWN = "drawn", _("drawn")
    REPLACED = "replaced", _("replaced")
    CLOSED = "closed", _("finished")


class SpotDraw(models.Model):
    """A draw: first the frame and its hash, later the seed, never both in one act.

    `files` holds the canonical files of the frame (rules.csv, stations.csv, inspectors.csv); their
    common digest is `frame_sha256`. The seed follows from it, from the first seal of the audit
    trail that covers the frame's event, and from a public number that was named in advance.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="spot_draws")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=8, choices=DrawState.choices, default=DrawState.FRAMED
    )
    weighted = models.BooleanField(_("weighted by the over-reporting index"), default=False)
    files = models.JSONField()
    frame_sha256 = models.CharField(_("SHA-256 of the frame"), max_length=64)
    public_number_name = models.CharField(_("the public number that will be used"), max_length=120)
    public_number_on = models.DateField(_("day on which that number appears"))
    framed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    framed_at = models.DateTimeField(_("frame recorded at"))
    # The audit event of the frame: the seal that covers it goes into the seed.
    framed_event = models.BigIntegerField()
    public_number = models.CharField(_("public number"), max_length=40, blank=True)
    seal_digest = models.CharField(_("seal of the audit trail"), max_length=64, blank=True)
    seed = models.CharField(_("seed"), max_length=64, blank=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    drawn_at = models.DateTimeField(_("drawn at"), null=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by_draw"
    )
    redraw_reason = models.TextField(_("reason of the new draw"), blank=True)

    class Meta:
        verbose_name = _("spot-check draw")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="one_draw_a_number"),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=Q(state__in=["framed", "drawn"]),
                name="one_live_draw_a_campaign",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DrawState.values), name="draw_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["drawn", "closed"])
                | ~Q(seed="") & ~Q(public_number="") & ~Q(seal_digest=""),
                name="drawn_with_a_seed",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None) | ~Q(redraw_reason=""), name="redraw_has_reason"
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year} · {self.number}"


class SpotState(models.TextChoices):
    DRAWN = "drawn", _("drawn")
    SIGNED = "signed", _("signed off")


class SpotCheckQuerySet(EnrolmentScopedQuerySet):
    def visible_to(self, user):
        """All for the province; below, what is signed off: nobody learns of a visit before it."""
        rows = super().visible_to(user)
        return rows if of_province(user) else rows.filter(state=SpotState.SIGNED)

    def standing(self):
        """Those of draws that were not replaced."""
        return self.exclude(draw__state=DrawState.REPLACED)


class SpotCheck(models.Model):
    """The second look at an accepted station. `deviation` = first score − second score."""

    draw = models.ForeignKey(SpotDraw, models.PROTECT, related_name="spot_checks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="spot_checks")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="+")
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    inspectors = models.ManyToManyField(Inspector, related_name="+")
    first_score = models.DecimalField(_("first score"), max_digits=5, decimal_places=1)
    state = models.CharField(
        _("state"), max_length=8, choices=SpotState.choices, default=SpotState.DRAWN
    )
    checked_on = models.DateField(_("checked on"), null=True)
    score = models.DecimalField(_("second score"), max_digits=5, decimal_places=1, null=True)
    deviation = models.DecimalField(_("deviation"), max_digits=5, decimal_places=1, null=True)
    flagged = models.BooleanField(_("above the threshold"), default=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed off at"), null=True)
    version = models.PositiveIntegerField(default=1)

    objects = SpotCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("spot check")
        ordering = ["enrolment__station__organisation__path"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "enrolment"], name="drawn_once"),
            models.CheckConstraint(
                condition=Q(state__in=SpotState.values), name="spot_check_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="drawn", score=None, deviation=None)
                | Q(
                    state="signed",
                    score__isnull=False,
                    deviation=F("first_score") - F("score"),
                    checked_on__isnull=False,
                    signed_by__isnull=False,
                ),
                name="spot_check_signed_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} · {self.get_state_display()}"


class SpotScore(models.Model):
    """What the second look deducts on one criterion; `deduction` None: not looked at yet."""

    spot_check = models.ForeignKey(SpotCheck, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    deduction = models.DecimalField(_("deduction"), max_digits=4, decimal_places=1, null=True)
    reason = models.TextField(_("reason of the deduction"), blank=True)
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")

    class Meta:
        ordering = ["criterion__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["spot_check", "criterion"], name="one_spot_score_a_criterion"
            ),
            models.CheckConstraint(
                condition=Q(deduction__isnull=True) | Q(deduction__gte=0),
                name="spot_deduction_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(deduction__isnull=True) | Q(deduction=0) | ~Q(reason=""),
                name="spot_deduction_has_reason",
            ),
        ]

    def __str__(self):
        return f"{self.criterion.number} -{self.deduction}"


class OrderState(models.TextChoices):
    ORDERED = "ordered", _("ordered")
    REPORTED = "reported", _("reported")
    CLOSED = "closed", _("closed")


class RecheckOrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "authority__path"))


class RecheckOrder(models.Model):
    """The province tells a prefecture to check its stations again, because spot checks deviate."""

    draw = models.ForeignKey(SpotDraw, models.PROTECT, related_name="orders")
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(
        _("state"), max_length=8, choices=OrderState.choices, default=OrderState.ORDERED
    )
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(_("ordered at"))
    report = models.TextField(_("what was done"), blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reported_at = models.DateTimeField(_("reported at"), null=True)

    objects = RecheckOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("ordered re-check")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "authority"], name="one_recheck_order_a_draw"),
            models.CheckConstraint(
                condition=Q(state__in=OrderState.values), name="recheck_order_state_known"
            ),
        ]

    def __str__(self):
        return f"{self.authority} · {self.due_on}"
