"""Questionnaires: versioned, frozen once open. What an option is worth is the policy's business."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign
from common.bilingual import localised


class QuestionnaireQuerySet(models.QuerySet):
    def in_force(self, campaign):
        """The latest frozen version of the campaign's questionnaire; None before there is one."""
        return self.filter(campaign=campaign, frozen_at__isnull=False).order_by("-version").first()


class Questionnaire(models.Model):
    """A version of a campaign's questionnaire; editable until `frozen_at` is set."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="questionnaires")
    version = models.PositiveSmallIntegerField(_("version"))
    frozen_at = models.DateTimeField(null=True)
    # Decided on each ballot's arrival, so it stands here; the scoring policy carries the same.
    valid_share = models.DecimalField(
        _("share of scored questions that a valid ballot answers"),
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.8"),
    )
    # SHA-256 of the frozen content; "" before. What is kept ready for it is found by it.
    digest = models.CharField(max_length=64, blank=True)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "version"], name="one_questionnaire_a_version"
            ),
            models.CheckConstraint(
                condition=Q(valid_share__gt=0, valid_share__lte=1),
                name="questionnaire_share_between_0_and_1",
            ),
        ]

    def __str__(self):
        return f"{self.campaign.year} v{self.version}"


class Scale(models.Model):
    """A list of options to choose from ("S4": 满意 … 不了解)."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="scales")
    code = models.CharField(_("code"), max_length=8)

    class Meta:
        verbose_name = _("scale")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "code"], name="one_scale_a_code")
        ]

    def __str__(self):
        return self.code


class ScaleOption(models.Model):
    """An option; `number` (1–9) is its packed code on the ballot.

    `counts`: choosing it answers the question (不了解 does not). `satisfied`: it counts towards the
    satisfaction rate, which is shown apart from the score.
    """

    scale = models.ForeignKey(Scale, models.CASCADE, related_name="options")
    number = models.PositiveSmallIntegerField(_("number"))
    text_zh = models.CharField(_("text in Chinese"), max_length=40)
    text_en = models.CharField(_("text in English"), max_length=60)
    counts = models.BooleanField(_("counts"))
    satisfied = models.BooleanField(_("satisfied"))

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["scale", "number"], name="one_option_a_number"),
            models.CheckConstraint(
                condition=Q(number__range=(1, 9)), name="option_number_one_digit"
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def text(self):
        return localised(self, "text")


class QuestionType(models.TextChoices):
    SINGLE = "single", _("single choice")
    YES_NO = "yesno", _("yes or no")
    TEXT = "text", _("text")


class Question(models.Model):
    """A question. Scored when its weight is above zero; `area_number` 0 stands for "overall"."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(_("number"))
    area_number = models.PositiveSmallIntegerField(_("area"))
    area_zh = models.CharField(_("area in Chinese"), max_length=40)
    area_en = models.CharField(_("area in English"), max_length=80)
    type = models.CharField(_("type"), max_length=8, choices=QuestionType.choices)
    text_zh = models.TextField(_("text in Chinese"))
    text_en = models.TextField(_("text in English"))
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    scale = models.ForeignKey(Scale, models.PROTECT, null=True, related_name="+")
    required = models.BooleanField(_("required"))

    class Meta:
        verbose_name = _("question")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "number"], name="one_question_a_number"
            ),
            models.CheckConstraint(
                condition=Q(type__in=QuestionType.values), name="question_type_known"
            ),
            models.CheckConstraint(condition=Q(weight__gte=0), name="question_weight_not_negative"),
            models.CheckConstraint(
                condition=Q(weight=0) | Q(type="single", scale__isnull=False),
                name="scored_question_has_scale",
            ),
        ]

    def __str__(self):
        return f"{self.number}. {self.text}"

    @property
    def text(self):
        return localised(self, "text")

    @property
    def area(self):
        return localised(self, "area")


class RespondentGroup(models.Model):
    """Who answers (评议群体). Weight and minimum of a group are the scoring policy's."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="groups")
    code = models.CharField(_("code"), max_length=12)
    position = models.PositiveSmallIntegerField()
    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=80)
    hint_zh = models.CharField(_("who belongs to it, in Chinese"), max_length=80, blank=True)
    # How many valid ballots of the group each station should get; the minimum that a score needs is
    # the scoring policy's.
    quota = models.PositiveSmallIntegerField(_("ballots wanted per station"), default=30)

    class Meta:
        verbose_name = _("respondent group")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "code"], name="one_group_a_code")
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return localised(self, "name")
