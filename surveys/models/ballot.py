"""Ballots: anonymous, compact, the only truth. Tallies are always derived from them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import scope_of
from campaign.models import Campaign, Enrolment
from surveys.models.questionnaire import Questionnaire


class Channel(models.TextChoices):
    OPEN = "open", _("station's QR code")
    PAPER = "paper", _("paper")
    IMPORT = "import", _("import")


class BallotQuerySet(models.QuerySet):
    def counted(self):
        """Valid ballots that no decided integrity flag set aside."""
        return self.filter(valid=True, set_aside=False)


class Ballot(models.Model):
    """An answer sheet (答卷): no person, no address, no device, no time of day.

    `id` is drawn at random, so that neither its order nor SQLite's row order tells when the ballot
    came. `answers` holds one character per question in number order: the option's number, "0" for
    none. `key_digest` is the keyed hash of the form's idempotency key: the same form sent twice is
    one ballot. `valid` is decided once, on arrival, by the frozen questionnaire and the rule of the
    counted share (scoring rule 1); no later act changes the answers.
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="ballots", db_index=False)
    questionnaire = models.ForeignKey(
        Questionnaire, models.PROTECT, related_name="+", db_index=False
    )
    group = models.CharField(max_length=12)
    answers = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    day = models.DateField()
    valid = models.BooleanField()
    set_aside = models.BooleanField(default=False)
    key_digest = models.CharField(max_length=32, unique=True)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        indexes = [
            models.Index(
                fields=["enrolment", "group"],
                include=["answers", "valid", "set_aside"],
                name="ballot_by_station_and_group",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="ballot_channel_known"
            )
        ]

    def __str__(self):
        return str(_("ballot"))


class SurveyCommentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope_of(user, "enrolment__station__organisation__path"))


class SurveyComment(models.Model):
    """A free text of a ballot, kept apart from it; random id as there. Shown only once screened."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="comments")
    text = models.TextField()
    screened = models.BooleanField(default=False)

    objects = SurveyCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")

    def __str__(self):
        return self.text[:40]


class Receipt(models.Model):
    """That a ballot came in: the keyed hash of the code which the person holds, and the day.

    Nothing joins it to the ballot: no station, no group, a random id of its own. It answers one
    question only, "was a ballot with this code counted in?", so that it proves nothing to somebody
    who pays for an answer.
    """

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    code_digest = models.CharField(max_length=32, unique=True)
    day = models.DateField()

    class Meta:
        verbose_name = _("receipt")

    def __str__(self):
        return str(_("receipt"))
