"""Forms of scoring."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from scoring.models import DailyAssessment
from scoring.services.daily import BASIS_MIN_LENGTH


class DailyForm(forms.Form):
    """A daily score with its basis. `version` is what the person saw: 0 where there was none."""

    score = forms.DecimalField(
        label=_("Score (0–100)"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )
    basis = forms.CharField(
        label=_("Basis"),
        min_length=BASIS_MIN_LENGTH,
        max_length=2000,
        help_text=_("What was checked, and why this score was given."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, given: DailyAssessment | None, **kwargs):
        seen = {"version": 0}
        if given:
            seen = {"score": given.score, "basis": given.basis, "version": given.version}
        super().__init__(*args, initial=seen, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Save the score")))

    def overtaken_by(self, given: DailyAssessment) -> None:
        """Keep what was typed, show what stands now; saving again replaces it knowingly."""
        self.data = self.data.copy()
        self.data["version"] = given.version
        self.add_error(
            None,
            _now(
                "%(who)s saved another score in the meantime: %(score)s (%(basis)s). "
                "Nothing was overwritten. Save again to replace it with yours."
            )
            % {"who": given.given_by, "score": given.score, "basis": given.basis},
        )


class RunForm(forms.Form):
    """The key of a request for a run: sent twice, it makes one run."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
