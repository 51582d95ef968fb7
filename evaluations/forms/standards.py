"""A standard: where a draft comes from, and its areas and criteria."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaign.models import Campaign, CampaignState
from evaluations.forms.fields import plain_helper
from evaluations.models import Area, Criterion, Standard
from evaluations.services.standard_drafts import AREA_FIELDS, CRITERION_FIELDS


class CopyForm(forms.Form):
    """From which version to which campaign."""

    source = forms.ModelChoiceField(
        label=_("version to start from"), queryset=Standard.objects.none(), empty_label=None
    )
    campaign = forms.ModelChoiceField(
        label=_("campaign"), queryset=Campaign.objects.none(), empty_label=None
    )
    note = forms.CharField(label=_("what is new in this version"), required=False, max_length=200)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = (
            Standard.objects.visible_to(user)
            .select_related("campaign")
            .order_by("-campaign__year", "-version")
        )
        self.fields["campaign"].queryset = campaigns_to_edit()
        self.helper = plain_helper()


def campaigns_to_edit():
    """Campaigns that may still get a standard, the latest first."""
    return Campaign.objects.exclude(state=CampaignState.CLOSED).order_by("-year")


class _DraftForm(forms.ModelForm):
    """`edition`: of the draft as it was shown."""

    edition = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, standard, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["edition"].initial = standard.edition
        self.helper = plain_helper()

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self._meta.fields}


class CriterionForm(_DraftForm):
    class Meta:
        model = Criterion
        fields = CRITERION_FIELDS
        widgets = {
            "check_method": forms.Textarea({"rows": 3}),
            "deduction_rule": forms.Textarea({"rows": 3}),
            "points": forms.NumberInput({"step": "0.5", "min": "0.5"}),
        }

    def __init__(self, *args, standard, **kwargs):
        super().__init__(*args, standard=standard, **kwargs)
        self.fields["area"].queryset = Area.objects.filter(standard=standard)
        self.fields["station_kind"].choices = [
            ("", _("every kind")),
            *self.fields["station_kind"].choices[1:],
        ]


class AreaForm(_DraftForm):
    class Meta:
        model = Area
        fields = AREA_FIELDS
