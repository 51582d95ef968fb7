"""Forms of review meetings."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from evaluations.forms.fields import KeyField, plain_helper
from evaluations.forms.findings import as_bootstrap
from evaluations.models import (
    FindingCategory,
    MeetingReport,
    QuestionSatisfaction,
    QuestionState,
    ReviewMeeting,
    VoiceGroup,
)
from evaluations.services.meetings import PLAN_FIELDS, Invited

LINES = 500


class StationField(forms.ModelChoiceField):
    def label_from_instance(self, enrolment):
        return enrolment.organisation.name


class StationsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, enrolment):
        return f"{enrolment.organisation.supervisor.name} · {enrolment.organisation.name}"


class MeetingForm(forms.ModelForm):
    """The plan. `enrolments`: from which the stations reviewed are chosen."""

    key = KeyField()
    enrolments = StationsField(
        None,
        label=_("stations reviewed"),
        widget=forms.SelectMultiple({"size": 8}),
        help_text=_("Hold Ctrl to choose several."),
    )

    class Meta:
        model = ReviewMeeting
        fields = PLAN_FIELDS
        widgets = {
            "starts_at": forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
            "plan": forms.Textarea({"rows": 4}),
            "agenda": forms.Textarea({"rows": 6}),
        }

    def __init__(self, *args, enrolments, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["enrolments"].queryset = enrolments
        self.helper = plain_helper()

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in PLAN_FIELDS}


class DelegatesForm(forms.Form):
    """Delegates of a group: one a line, name and unit."""

    group = forms.ChoiceField(label=_("group"), choices=VoiceGroup.choices)
    people = forms.CharField(
        label=_("delegates"),
        max_length=40_000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One a line: name, then a comma and the unit or post."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()

    def clean_people(self) -> list[Invited]:
        lines = [line.strip() for line in self.cleaned_data["people"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > LINES:
            raise ValidationError(_("At most %(count)s lines at once.") % {"count": LINES})
        people = []
        for line in lines:
            name, _comma, unit = line.replace("，", ",").replace("\t", ",").partition(",")
            if not name.strip() or len(name.strip()) > 60 or len(unit.strip()) > 120:
                raise ValidationError(
                    _("This line has no name, or is too long: %(line)s") % {"line": line[:80]}
                )
            people.append(Invited(self.cleaned_data.get("group", ""), name.strip(), unit.strip()))
        return people


class AttendanceForm(forms.Form):
    """Who is there, and how the meeting went."""

    present = forms.ModelMultipleChoiceField(
        None,
        label=_("present"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    remarks = forms.CharField(
        label=_("course of the meeting"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4}),
    )

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["present"].queryset = meeting.delegates.all()
        self.helper = plain_helper()


class ReportForm(forms.ModelForm):
    """What the station's head reports on the four aspects."""

    class Meta:
        model = MeetingReport
        fields = ("speaker", *MeetingReport.ASPECTS)
        widgets = {name: forms.Textarea({"rows": 5}) for name in MeetingReport.ASPECTS}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True
        self.helper = plain_helper()

    def aspects(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in MeetingReport.ASPECTS}


class QuestionForm(forms.Form):
    """What a delegate asks."""

    key = KeyField()
    enrolment = StationField(None, label=_("station"))
    delegate = forms.ModelChoiceField(
        None, label=_("asked by"), required=False, empty_label=_("not named")
    )
    category = forms.ChoiceField(label=_("aspect"), choices=FindingCategory.choices)
    text = forms.CharField(
        label=_("delegate's question"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args, meeting, enrolments, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["enrolment"].queryset = enrolments
        self.fields["delegate"].queryset = meeting.delegates.all()
        self.helper = plain_helper()


class AnswerQuestionForm(forms.Form):
    """The answer, on the spot or in writing."""

    answer = forms.CharField(label=_("answer"), max_length=4000, widget=forms.Textarea({"rows": 4}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class SatisfactionForm(forms.Form):
    """What the delegate says of the answer."""

    satisfaction = forms.ChoiceField(
        label=_("satisfaction"), choices=QuestionSatisfaction.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class QuestionFilterForm(forms.Form):
    """Which questions to list."""

    state = forms.ChoiceField(label=_("state"), required=False)
    q = forms.CharField(label=_("station or question"), required=False, max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [
            ("", _("all")),
            ("overdue", _("overdue")),
            *QuestionState.choices,
        ]
        as_bootstrap(self)
