"""Forms of scoring."""

from fractions import Fraction

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaign.models import SupervisionLine
from common.forms import UploadField, WithFiles
from common.uploads import examine
from evaluations.forms.fields import DayInput, ReasonForm, plain_helper
from scoring.engine import PARTS, Policy
from scoring.frozen import label
from scoring.models import DailyAssessment, HonourKind, Part, ResultRules, ScoreRun
from scoring.services.daily import BASIS_MIN_LENGTH
from scoring.services.result_rules import FIGURES, quotas_of
from stations.models import StationKind


class DailyForm(WithFiles, forms.Form):
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
    file = UploadField(
        label=_("File"),
        required=False,
        help_text=_("JPG, PNG, WebP, PDF, Word (docx) or Excel (xlsx), %(limit)s MB."),
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx"}),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_file(self):
        upload = self.cleaned_data["file"]
        return examine(upload) if upload else None

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
            gettext(
                "%(who)s saved another score in the meantime: %(score)s (%(basis)s). "
                "Nothing was overwritten. Save again to replace it with yours."
            )
            % {"who": given.given_by, "score": given.score, "basis": given.basis},
        )


class RunForm(forms.Form):
    """The key of a request for a run: sent twice, it makes one run."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


class WhatIfForm(forms.Form):
    """A slider for the weight of each part and group, and for the worth of the worst option."""

    def __init__(self, *args, policy: Policy, run: ScoreRun, **kwargs):
        super().__init__(*args, **kwargs)
        # The regular line stands for all: on the others a part changes in the same proportion.
        lines = sorted(policy.parts, key=lambda rule: rule.line == SupervisionLine.REGULAR)
        parts = {rule.part: rule.weight for rule in lines}
        self.parts = {part: parts[part] for part in PARTS if part in parts}
        self.groups = {rule.code: rule.weight for rule in policy.groups}
        for part, weight in self.parts.items():
            least = 1 if part == Part.QUESTIONNAIRE else 0
            self._slider(f"part_{part}", Part(part).label, weight, least=least)
        for code, weight in self.groups.items():
            name = gettext("group “%(group)s”") % {"group": label(run, "groups", code)}
            self._slider(f"group_{code}", name, weight)
        self._slider("lowest", gettext("worth of the worst option"), 0)

    def _slider(self, name, text, value, *, least=0):
        attrs = {"min": least, "max": 100, "step": "any", "class": "form-range"}
        self.fields[name] = forms.DecimalField(
            label=text,
            min_value=least,
            max_value=100,
            max_digits=6,
            decimal_places=3,
            initial=float(value),
            widget=forms.NumberInput(attrs=attrs | {"type": "range", "step": "1"}),
        )

    def clean(self):
        found = super().clean()
        if self.groups and not any(found.get(f"group_{code}") for code in self.groups):
            raise ValidationError(gettext("At least one group keeps a weight."))
        return found

    def shares(self) -> dict:
        """The arguments of `scoring.whatif.with_shares`."""
        found = self.cleaned_data
        return {
            "factors": {
                part: Fraction(found[f"part_{part}"]) / weight
                for part, weight in self.parts.items()
            },
            "groups": {code: Fraction(found[f"group_{code}"]) for code in self.groups},
            "lowest": Fraction(found["lowest"]),
        }


class NominationForm(ReasonForm):
    """Why the station is nominated, when it was re-checked and what was found."""

    recheck_on = forms.DateField(label=_("Re-checked on"), required=False, widget=DayInput)
    recheck_note = forms.CharField(
        label=_("What the re-check found"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ObjectionForm(forms.Form):
    """What somebody says against a name before the public."""

    honour = forms.ModelChoiceField(label=_("Station"), queryset=None)
    text = forms.CharField(
        label=_("Objection"),
        min_length=10,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What happened, where and when."),
    )
    contact = forms.CharField(
        label=_("How can we reach you? (not published, may be left empty)"),
        required=False,
        max_length=120,
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, honours, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["honour"].queryset = honours
        self.fields["honour"].label_from_instance = lambda row: (
            f"{row.score.name} · {row.get_kind_display()}"
        )
        self.helper = plain_helper()


class ResultRulesForm(forms.ModelForm):
    """The figures by which results are proposed, and the quotas."""

    reason = forms.CharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    class Meta:
        model = ResultRules
        fields = FIGURES

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        present = quotas_of(self.instance)
        for honour in HonourKind:
            for kind in StationKind:
                self.fields[f"quota_{honour}_{kind}"] = forms.IntegerField(
                    label=gettext("Quota: %(honour)s, %(kind)s")
                    % {"honour": honour.label, "kind": kind.label},
                    min_value=0,
                    max_value=5000,
                    required=False,
                    initial=present.get((honour.value, kind.value)),
                    help_text=gettext("Empty: no limit."),
                )
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])
        self.helper = plain_helper()

    def quotas(self) -> dict:
        """(honour, kind) → number or None."""
        return {
            (honour.value, kind.value): self.cleaned_data[f"quota_{honour}_{kind}"]
            for honour in HonourKind
            for kind in StationKind
        }
