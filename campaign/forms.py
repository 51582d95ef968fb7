"""Forms of plans and summaries."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _


class SubmissionForm(forms.Form):
    text = forms.CharField(
        label=_("text"),
        min_length=20,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("At least 20 characters. A draft can be changed until it is submitted."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Save the draft"), css_class="btn-outline-primary"))
        self.helper.add_input(Submit("submit", _("Submit")))


class ReviewForm(forms.Form):
    """Accepting or returning takes a reason."""

    decision = forms.ChoiceField(
        label=_("decision"),
        choices=[("accept", _("accept")), ("return", _("return"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("reason"), min_length=2, widget=forms.Textarea(attrs={"rows": 3})
    )
