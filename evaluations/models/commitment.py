"""What a station promises the public (承诺), and whether it keeps it (兑现)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Enrolment
from evaluations.models.evidence import Evidence
from evaluations.models.finding import Finding
from evaluations.models.standard import Area


class CommitmentState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    PUBLISHED = "published", _("published")


class CommitmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))

    def published(self):
        return self.filter(state=CommitmentState.PUBLISHED)


class Commitment(models.Model):
    """A service commitment in one area; shown on the station's public page once the bureau above
    has put it in force."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="commitments")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    content = models.TextField(_("what is promised"))
    measure = models.TextField(_("how it is kept"), blank=True)
    time_limit = models.CharField(_("time limit"), max_length=60, blank=True)
    responsible = models.CharField(_("responsible person"), max_length=40)
    supervision_phone = models.CharField(_("supervision phone"), max_length=40, blank=True)
    letter_box = models.CharField(_("where the letter box stands"), max_length=120, blank=True)
    web = models.CharField(_("web or e-mail address"), max_length=120, blank=True)
    supervision = models.CharField(
        _("other ways in which the public can supervise it"), max_length=120, blank=True
    )
    published_where = models.CharField(_("where it is published"), max_length=120, blank=True)
    photo = models.ForeignKey(
        Evidence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("photo of the notice board"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CommitmentState.choices, default=CommitmentState.DRAFT
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    review_reason = models.TextField(_("reason"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True)
    # What the row was made from (a form's token): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        ordering = ["area__number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False)
                | Q(state__in=["draft", "submitted", "returned"], published_at=None),
                name="commitment_published_has_time",
            )
        ]

    def __str__(self):
        return self.content[:40]

    @property
    def channels(self) -> list[tuple[str, str]]:
        """(label, value) of each way in which the public can supervise it."""
        names = ("supervision_phone", "letter_box", "web", "supervision")
        return [
            (self._meta.get_field(name).verbose_name, getattr(self, name))
            for name in names
            if getattr(self, name)
        ]


class FulfilmentStatus(models.TextChoices):
    KEPT = "kept", _("kept")
    AT_RISK = "at_risk", _("at risk")
    BROKEN = "broken", _("broken")


class FulfilmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "commitment__enrolment__station__organisation__path"))


class Fulfilment(models.Model):
    """What was seen of a commitment on a day (兑现): the latest one is how it stands. A broken one
    becomes a finding."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="fulfilments")
    status = models.CharField(_("status"), max_length=8, choices=FulfilmentStatus.choices)
    seen_on = models.DateField(_("seen on"))
    text = models.TextField(_("what was seen"))
    evidence = models.ManyToManyField(Evidence, blank=True, related_name="+")
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="fulfilment")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    # What the row was made from (a form's token): sent twice, it is made once.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)

    objects = FulfilmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("fulfilment")
        ordering = ["-seen_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="broken", finding__isnull=False)
                | Q(status__in=["kept", "at_risk"], finding=None),
                name="broken_commitment_has_finding",
            )
        ]

    def __str__(self):
        return f"{self.get_status_display()} {self.seen_on}"
