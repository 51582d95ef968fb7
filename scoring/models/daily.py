"""The daily scores of one level (日常考核), and their sign-off as a list."""

import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from scoring.models.policy import Part

DAILY_PARTS = (Part.PROVINCE, Part.PREFECTURE, Part.COUNTY)


def random_name(row, filename) -> str:
    """A name that nobody can guess; the original one is kept in `file_name`."""
    return f"daily/{secrets.token_hex(16)}"


class DailyAssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        permissions = (Permission.READ, Permission.DAILY_ASSESS)
        return self.filter(scope_of(user, "enrolment__station__organisation__path", permissions))

    def given_by_unit(self, campaign, organisation):
        """What the assessors of one unit have given: its level's scores of the stations below."""
        return self.filter(
            enrolment__campaign=campaign,
            part=organisation.kind,
            enrolment__station__organisation__path__startswith=organisation.path,
        )


class DailyAssessment(models.Model):
    """The score (0–100) that one level's rectification office gives a station, with its basis and,
    where there is one, the file that backs it."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="daily_assessments")
    part = models.CharField(
        _("level"), max_length=12, choices=[(p.value, p.label) for p in DAILY_PARTS]
    )
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    basis = models.TextField(_("basis"))
    file = models.FileField(_("file"), upload_to=random_name, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given at"))
    version = models.PositiveIntegerField(default=1)

    objects = DailyAssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily assessment")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "part"], name="one_daily_score_a_level"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="daily_score_between_0_and_100"
            ),
            models.CheckConstraint(
                condition=Q(part__in=[p.value for p in DAILY_PARTS]), name="daily_part_known"
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} {self.part} {self.score}"


class DailyListState(models.TextChoices):
    OPEN = "open", _("open")
    SIGNED = "signed", _("signed off")


class DailyListQuerySet(models.QuerySet):
    def signed(self, campaign, organisation) -> bool:
        """True once the unit has signed off its list; then its scores stand."""
        return self.filter(
            campaign=campaign, organisation=organisation, state=DailyListState.SIGNED
        ).exists()


class DailyList(models.Model):
    """One unit's daily scores in a campaign as a whole: open, then signed off.

    `digest` is the SHA-256 of the signed lines "code score", by which a paper copy can be compared.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="daily_lists")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="daily_lists")
    state = models.CharField(
        _("state"), max_length=6, choices=DailyListState.choices, default=DailyListState.OPEN
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed off at"), null=True)
    score_count = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    objects = DailyListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of daily scores")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation"], name="one_daily_list_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DailyListState.values), name="daily_list_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="daily_list_signed_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} · {self.campaign.year}"
