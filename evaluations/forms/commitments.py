"""A commitment, and how it was kept."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import clock
from common.forms import WithFiles
from evaluations.forms.fields import DayInput, EvidenceField, KeyField, plain_helper
from evaluations.models import Commitment, FulfilmentStatus
from evaluations.services.commitments import FIELDS


class CommitmentForm(WithFiles, forms.ModelForm):
    """`areas`: those of the standard in force."""

    key = KeyField()
    board = EvidenceField(label=_("photo of the notice board"), most=1)

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

    def clean(self):
        cleaned = super().clean()
        names = ("supervision_phone", "letter_box", "web", "supervision")
        if not any(cleaned.get(name) for name in names):
            self.add_error(
                "supervision_phone",
                _("Give at least one way: phone, letter box, web or another one."),
            )
        return cleaned

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in FIELDS}

    def photo(self):
        """The checked photo, or None."""
        return next(iter(self.cleaned_data["board"]), None)


class FulfilmentForm(WithFiles, forms.Form):
    """What was seen of a commitment."""

    key = KeyField()
    status = forms.ChoiceField(
        label=_("How does it stand?"), choices=FulfilmentStatus.choices, widget=forms.RadioSelect
    )
    seen_on = forms.DateField(label=_("seen on"), widget=DayInput())
    text = forms.CharField(
        label=_("what was seen"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    files = EvidenceField()

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["seen_on"].initial = clock.today(now)
        self.helper = plain_helper()

    def clean_seen_on(self):
        day = self.cleaned_data["seen_on"]
        if day > clock.today(self.now):
            raise ValidationError(_("The day lies in the future."))
        return day
