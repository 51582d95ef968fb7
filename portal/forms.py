"""Forms of the pages that cross apps."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _


class ClockForm(forms.Form):
    today = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Move the clock")))


class CopyForm(forms.Form):
    """Into which year a campaign is taken over."""

    year = forms.IntegerField(label=_("year"), min_value=2014, max_value=2100)
