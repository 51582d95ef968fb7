"""The answers to the criteria of a self-inspection: an area's page, or an autosaved part."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from evaluations.forms.fields import EvidenceField, EvidenceInput
from evaluations.models import Criterion, SelfInspectionItem
from evaluations.services.marks import check_mark
from evaluations.services.self_inspections import EMPTY, Answer


@dataclass
class Line:
    """A criterion with its fields and what is stored; `theirs`: the stored row, when somebody else
    was faster; `last_year`: what was said then."""

    criterion: Criterion
    value: forms.BoundField
    text: forms.BoundField
    page: forms.BoundField
    files: forms.BoundField
    item: SelfInspectionItem | None
    last_year: SelfInspectionItem | None = None
    theirs: SelfInspectionItem | None = None

    @property
    def seen(self) -> str:
        """The fingerprint of what is stored now: a form shown again is told the present state."""
        return self.item.fingerprint if self.item else EMPTY

    @property
    def unsaved(self) -> bool:
        """True when what the form shows was refused, and so is stored nowhere."""
        fields = (self.value, self.text, self.page, self.files)
        return self.theirs is not None or any(field.errors for field in fields)


class AnswersForm(forms.Form):
    """A score, a problem, a page and files for each criterion. `items`: the stored ones by
    criterion; `last_year`: what was said then, by criterion; `offer`: put it into what is empty."""

    def __init__(self, *args, criteria, items, last_year=None, offer=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria, self.items, self.last_year = list(criteria), items, last_year or {}
        for criterion in self.criteria:
            item, key = items.get(criterion.pk), criterion.pk
            shown = item
            if offer and key in self.last_year and (item is None or item.fingerprint == EMPTY):
                shown = self.last_year[key]
            points = f"{criterion.points.normalize():f}"
            self.fields[f"value_{key}"] = forms.DecimalField(
                label=_("self score"),
                required=False,
                initial=getattr(shown, "self_score", None),
                widget=forms.NumberInput(
                    {"min": "0", "max": points, "step": "0.5", "class": "form-control"}
                ),
            )
            self.fields[f"text_{key}"] = forms.CharField(
                label=_("problem found, reason of the deduction"),
                required=False,
                max_length=2000,
                initial=getattr(shown, "remark", ""),
                widget=forms.Textarea({"rows": 3, "class": "form-control"}),
            )
            self.fields[f"page_{key}"] = forms.CharField(
                label=_("page"),
                required=False,
                max_length=60,
                initial=getattr(shown, "page", ""),
                widget=forms.TextInput({"class": "form-control"}),
            )
            self.fields[f"seen_{key}"] = forms.CharField(required=False, max_length=16)
            self.fields[f"files_{key}"] = EvidenceField(
                label=_("file"), help_text="", widget=EvidenceInput(), holder=item
            )

    def lines(self, conflicts=()) -> list[Line]:
        """The criteria in order. `conflicts`: items where somebody else was faster."""
        theirs = {item.criterion_id: item for item in conflicts}
        return [
            Line(
                criterion,
                self[f"value_{criterion.pk}"],
                self[f"text_{criterion.pk}"],
                self[f"page_{criterion.pk}"],
                self[f"files_{criterion.pk}"],
                self.items.get(criterion.pk),
                self.last_year.get(criterion.pk),
                theirs.get(criterion.pk),
            )
            for criterion in self.criteria
        ]

    def clean(self):
        cleaned = super().clean()
        for criterion in self.criteria:
            value = cleaned.get(f"value_{criterion.pk}")
            if value is not None:
                try:
                    check_mark(value, criterion.points)
                except ValidationError as error:
                    self.add_error(f"value_{criterion.pk}", error)
        return cleaned

    def errors_of(self, criterion) -> list[str]:
        """What is wrong with one criterion's fields."""
        return [
            message
            for name in ("value", "text", "page", "seen", "files")
            for message in self.errors.get(f"{name}_{criterion.pk}", ())
        ]

    def answers(self) -> list[Answer]:
        """Those of the criteria whose fields are in order."""
        return [
            Answer(
                criterion,
                *(
                    self.cleaned_data[f"{name}_{criterion.pk}"]
                    for name in ("value", "text", "page", "files")
                ),
                seen=self.cleaned_data[f"seen_{criterion.pk}"] or EMPTY,
            )
            for criterion in self.criteria
            if not self.errors_of(criterion)
        ]
