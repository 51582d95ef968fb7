"""Forms of plans and summaries, and of the working calendar."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from common.uploads import examine


class CheckedFileField(forms.FileField):
    """One file, checked by its content; cleans to a `CheckedFile` or None."""

    def __init__(self, **kwargs):
        defaults = {
            "required": False,
            "label": _("file"),
            "help_text": _("JPG, PNG, WebP, PDF, Word (docx) or Excel (xlsx), 10 MB."),
        }
        super().__init__(**defaults | kwargs)

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        return examine(upload) if upload else None


class SubmissionForm(forms.Form):
    text = forms.CharField(
        label=_("text"),
        min_length=20,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("At least 20 characters. A draft can be changed until it is submitted."),
    )
    file = CheckedFileField()

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


class CalendarDayForm(forms.Form):
    """A day that differs from its weekday, or is to be as its weekday again."""

    day = forms.DateField(
        label=_("day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_workday = forms.TypedChoiceField(
        label=_("worked?"),
        choices=[("1", _("working day")), ("0", _("not worked"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    name_zh = forms.CharField(label=_("name in Chinese"), max_length=60, required=False)
    reason = forms.CharField(
        label=_("reason"),
        max_length=500,
        help_text=_("For example the number of the circular. Those whose deadlines move read it."),
    )
