"""How long things may take: numbers of days that the province sets, each with its unit."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign


class TermStep(models.TextChoices):
    """What a term is for; those of opinions follow the rules on petitions (信访条例)."""

    TRANSFER = "transfer", _("pass on or take up")
    TELL = "tell", _("tell whether it is taken up")
    FINISH = "finish", _("finish and answer")
    EXTENDED = "extended", _("finish at the latest, once extended")
    CAP = "cap", _("finish at the very latest")
    TRANSFER_BACK = "transfer_back", _("send back what was passed on wrongly")
    VERDICT = "verdict", _("say whether the answer satisfies")
    REPLY = "reply", _("written reply to a question of a review meeting")


# Where the usual number of days comes from.
LAW = {
    TermStep.TRANSFER: _("Henan Regulation on Petitions (2012), Art. 22"),
    TermStep.TELL: _("Regulation on Petitions (2005), Art. 21–22"),
    TermStep.FINISH: _("Henan Regulation on Petitions (2012), Art. 26"),
    TermStep.EXTENDED: _("Regulation on Petitions (2005), Art. 33"),
    TermStep.CAP: _("Henan Regulation on Petitions (2012), Art. 27"),
    TermStep.TRANSFER_BACK: _("Henan Regulation on Petitions (2012), Art. 22"),
    TermStep.VERDICT: _("Regulation on Petitions (2005), Art. 34"),
    TermStep.REPLY: _("the notice, part 4 (2) 2: in writing, in due time"),
}


class TermUnit(models.TextChoices):
    CALENDAR = "calendar", _("calendar days")
    WORKING = "working", _("working days")


class TermRule(models.Model):
    """A term that somebody has set: for one campaign, or (`campaign` empty) for all of them."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, null=True, blank=True, related_name="term_rules"
    )
    step = models.CharField(_("term"), max_length=16, choices=TermStep.choices)
    days = models.PositiveSmallIntegerField(_("days"))
    unit = models.CharField(_("unit"), max_length=8, choices=TermUnit.choices)
    basis = models.CharField(_("legal basis"), max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("term")
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "step"], name="one_term_a_campaign"),
            models.UniqueConstraint(
                fields=["step"], condition=Q(campaign=None), name="one_term_for_all"
            ),
            models.CheckConstraint(condition=Q(step__in=TermStep.values), name="term_step_known"),
            models.CheckConstraint(condition=Q(unit__in=TermUnit.values), name="term_unit_known"),
            models.CheckConstraint(condition=Q(days__gte=1), name="term_has_days"),
        ]

    def __str__(self):
        return f"{self.get_step_display()} {self.days} {self.get_unit_display()}"
