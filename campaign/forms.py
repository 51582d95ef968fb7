"""Forms of papers, of the working calendar, of closing a station, of one's own reminders."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import UploadField, WithFiles
from common.uploads import examine


class CheckedFileField(UploadField):
    """One file, checked by its content; cleans to a `CheckedFile` or None."""

    def __init__(self, **kwargs):
        defaults = {
            "required": False,
            "label": _("file"),
            "help_text": _("JPG, PNG, WebP, PDF, Word (docx) or Excel (xlsx), %(limit)s MB."),
        }
        super().__init__(**defaults | kwargs)

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        return examine(upload) if upload else None


class SubmissionForm(WithFiles, forms.Form):
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


class PreferenceForm(forms.Form):
    """Mail or only the portal, for what is not overdue."""

    mail_before_due = forms.TypedChoiceField(
        label=_("What is not overdue"),
        choices=[("1", _("in the portal and by mail")), ("0", _("only in the portal"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, initial=None, **kwargs):
        chosen = {"mail_before_due": "1" if (initial or {}).get("mail_before_due", True) else "0"}
        super().__init__(*args, initial=chosen, **kwargs)


class RetireForm(forms.Form):
    """`stations`: those that could carry on the work."""

    merged = forms.TypedChoiceField(
        label=_("what happens"),
        choices=[("1", _("it is merged into another station")), ("0", _("it is closed"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    on = forms.DateField(
        label=_("from which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    successor = forms.CharField(
        label=_("code of the station that carries on its work"),
        max_length=20,
        required=False,
        help_text=_("For example 410122-2. May be left empty where nobody does."),
    )
    reason = forms.CharField(
        label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, stations, **kwargs):
        super().__init__(*args, **kwargs)
        self.stations = stations

    def clean_successor(self):
        code = self.cleaned_data["successor"].strip()
        if not code:
            return None
        station = self.stations.filter(organisation__code=code).first()
        if station is None:
            raise ValidationError(_("There is no station at work with this code."))
        return station
