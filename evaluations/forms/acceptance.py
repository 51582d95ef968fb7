"""Forms of plans, replies, re-checks, spot checks, secret visits and vetoes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluations.forms.fields import EvidenceField, ReasonForm, plain_helper


class VisitChoice(forms.ModelChoiceField):
    """A released secret visit, named by its day."""

    def label_from_instance(self, visit):
        return f"{visit.visited_on:%Y-%m-%d}"


class VetoForm(ReasonForm):
    """Why, and on which released visit it rests."""

    visit = VisitChoice(label=_("secret visit"), queryset=None, required=False)

    def __init__(self, *args, visits, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["visit"].queryset = visits


class ReplyForm(forms.Form):
    """What the station has to say, with its evidence."""

    text = forms.CharField(
        label=_("the station's reply"), widget=forms.Textarea({"rows": 4}), max_length=4000
    )
    files = EvidenceField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
