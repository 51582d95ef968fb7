"""A change that a device sends from the site."""

from django import forms

from evaluations.forms.fields import EvidenceField
from evaluations.models import Criterion
from evaluations.services.onsite import Change


class ChangeForm(forms.Form):
    """The values of one criterion, with the key and the revision that the device holds."""

    key = forms.UUIDField()
    criterion = forms.ModelChoiceField(queryset=Criterion.objects.none())
    base = forms.IntegerField(min_value=0)
    deduction = forms.DecimalField(required=False, max_digits=4, decimal_places=1)
    reason = forms.CharField(required=False, max_length=2000)
    note = forms.CharField(required=False, max_length=2000)
    recorded_on = forms.DateField()
    files = EvidenceField()

    def __init__(self, *args, enrolment, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = Criterion.objects.filter(
            area__standard__campaign=enrolment.campaign_id
        )

    def change(self) -> Change:
        return Change(**self.cleaned_data)
