"""A commitment."""

from django import forms

from evaluations.forms.fields import KeyField, plain_helper
from evaluations.models import Commitment
from evaluations.services.commitments import FIELDS


class CommitmentForm(forms.ModelForm):
    """`areas`: those of the standard in force."""

    key = KeyField()

    class Meta:
        model = Commitment
        fields = FIELDS
        widgets = {
            "content": forms.Textarea(attrs={"rows": 3}),
            "measure": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas
        self.helper = plain_helper()

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS}
