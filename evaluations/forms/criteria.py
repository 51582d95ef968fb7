"""One form for all criteria of a standard: the acceptance check, and the spot check."""

from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import WithFiles
from evaluations.forms.fields import DayInput, EvidenceField
from evaluations.models import Criterion
from evaluations.services.checks import Mark, check_the_mark
from evaluations.services.versions import Stale


@dataclass(frozen=True)
class Line:
    """A criterion with its fields, the saved row (or None) and a neighbour's figure."""

    criterion: Criterion
    value: forms.BoundField
    text: forms.BoundField
    files: forms.BoundField
    row: object
    beside: object = None
    note: forms.BoundField | None = None

    @property
    def difference(self):
        """Self score less check score; None where one of them is missing."""
        given, deduction = getattr(self.beside, "self_score", None), self.row and self.row.deduction
        if given is None or deduction is None:
            return None
        return given - (self.criterion.points - deduction)


class CriteriaForm(WithFiles, forms.Form):
    """A number, a text and files for each criterion. `rows`: the saved rows by criterion pk."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    value_name = text_name = ""  # attributes of the saved row
    value_label = text_label = ""

    def __init__(self, *args, criteria, rows, version, beside=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria, self.rows, self.beside = list(criteria), rows, beside or {}
        self.fields["version"].initial = version
        for criterion in self.criteria:
            row = rows.get(criterion.pk)
            points = f"{criterion.points.normalize():f}"
            self.fields[f"value_{criterion.pk}"] = forms.DecimalField(
                label=self.value_label,
                required=False,
                initial=getattr(row, self.value_name, None),
                widget=forms.NumberInput(
                    {"min": "0", "max": points, "step": "0.5", "class": "form-control"}
                ),
            )
            self.fields[f"text_{criterion.pk}"] = forms.CharField(
                label=self.text_label,
                required=False,
                max_length=2000,
                initial=getattr(row, self.text_name, ""),
                widget=forms.Textarea({"rows": 2, "class": "form-control"}),
            )
            self.fields[f"files_{criterion.pk}"] = EvidenceField(help_text="", holder=row)

    def sections(self):
        """(area, its lines), in the standard's order."""
        lines = [
            Line(
                criterion,
                self[f"value_{criterion.pk}"],
                self[f"text_{criterion.pk}"],
                self[f"files_{criterion.pk}"],
                self.rows.get(criterion.pk),
                self.beside.get(criterion.pk),
                self[f"note_{criterion.pk}"] if f"note_{criterion.pk}" in self.fields else None,
            )
            for criterion in self.criteria
        ]
        return [
            (area, list(part)) for area, part in groupby(lines, lambda line: line.criterion.area)
        ]

    def clean(self):
        cleaned = super().clean()
        for criterion in self.criteria:
            value = cleaned.get(f"value_{criterion.pk}")
            if value is None:
                continue
            try:
                self.check_line(criterion, value, cleaned.get(f"text_{criterion.pk}", ""))
            except ValidationError as error:
                self.add_error(f"value_{criterion.pk}", error)
        return cleaned

    def stale(self, refusal: Stale):
        """Show the form again with what was typed: somebody else was faster."""
        self.add_error(None, refusal.reason)

    def parts(self, criterion):
        """Value, text and files as typed."""
        cleaned = self.cleaned_data
        return (
            cleaned[f"value_{criterion.pk}"],
            cleaned[f"text_{criterion.pk}"],
            cleaned[f"files_{criterion.pk}"],
        )


class DeductionForm(CriteriaForm):
    """A deduction with its reason on each criterion, and the day."""

    value_name, text_name = "deduction", "reason"
    value_label, text_label = _("deduction"), _("reason of the deduction")

    checked_on = forms.DateField(label=_("checked on"), widget=DayInput())
    rest_is_zero = forms.BooleanField(
        label=_("Everything left empty was looked at too: nothing to deduct"), required=False
    )

    field_order = ["version", "checked_on", "inspectors"]

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def check_line(self, criterion, value, text):
        check_the_mark(Mark(criterion, value, text))

    def clean_checked_on(self):
        if (day := self.cleaned_data["checked_on"]) > self.today:
            raise ValidationError(_("The day of the check must not lie in the future."))
        return day

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("rest_is_zero"):
            for criterion in self.criteria:
                name = f"value_{criterion.pk}"
                if name not in self.errors and cleaned.get(name) is None:
                    cleaned[name] = 0
        return cleaned

    def marks(self) -> list[Mark]:
        return [Mark(criterion, *self.parts(criterion)) for criterion in self.criteria]


class CheckForm(DeductionForm):
    """What the team found on site. `pool`: names of those who may be sent there."""

    inspectors = forms.MultipleChoiceField(
        label=_("inspectors"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Two or more of the pool; who works at the inspected unit is not offered."),
    )

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspectors"].choices = [(name, name) for name in pool]
        for criterion in self.criteria:
            self.fields[f"note_{criterion.pk}"] = forms.CharField(
                label=_("note"),
                required=False,
                max_length=2000,
                initial=getattr(self.rows.get(criterion.pk), "note", ""),
                widget=forms.Textarea({"rows": 1, "class": "form-control"}),
            )

    def marks(self) -> list[Mark]:
        notes = self.cleaned_data
        return [
            Mark(criterion, *self.parts(criterion), note=notes[f"note_{criterion.pk}"])
            for criterion in self.criteria
        ]
