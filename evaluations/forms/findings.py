"""Findings, their tasks, and the filters of the lists."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from evaluations.forms.fields import DayInput, EvidenceField, KeyField, plain_helper
from evaluations.models import Finding, FindingSource, TaskState


class FindingForm(forms.ModelForm):
    """`sources`: what the person may record; `criteria`: of the standard in force."""

    key = KeyField()

    class Meta:
        model = Finding
        fields = ("source", "category", "severity", "criterion", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, sources, criteria, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [
            (source, FindingSource(source).label) for source in sources
        ]
        self.fields["criterion"].queryset = criteria
        self.helper = plain_helper()


class TaskForm(forms.Form):
    """Dispatch: what is to be done, by when."""

    requirement = forms.CharField(
        label=_("what is to be done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )
    due_on = forms.DateField(label=_("due on"), widget=DayInput())

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.helper = plain_helper()

    def clean_due_on(self):
        if (day := self.cleaned_data["due_on"]) < self.today:
            raise ValidationError(_("The day must not lie in the past."))
        return day


class ResultForm(forms.Form):
    """What was done, with its evidence. `has_evidence`: files of an earlier submission."""

    result = forms.CharField(
        label=_("what was done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    files = EvidenceField()

    def __init__(self, *args, has_evidence, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].required = not has_evidence
        self.fields["files"].error_messages["required"] = _("Attach at least one file as evidence.")
        self.helper = plain_helper()


class TaskFilterForm(forms.Form):
    """Which tasks to list."""

    state = forms.ChoiceField(label=_("state"), required=False)
    source = forms.ChoiceField(label=_("source"), required=False)
    overdue = forms.BooleanField(label=_("overdue only"), required=False)
    q = forms.CharField(label=_("station or problem"), required=False, max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("all")), *TaskState.choices]
        self.fields["source"].choices = [("", _("all")), *FindingSource.choices]
        as_bootstrap(self)


class CheckFilterForm(forms.Form):
    """Which enrolments to list. `whose` only where the unit accepts stations itself."""

    whose = forms.ChoiceField(label=_("stations"), required=False)
    state = forms.ChoiceField(label=_("state"), required=False)
    q = forms.CharField(label=_("station"), required=False, max_length=60)

    def __init__(self, *args, accepts: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["whose"].choices = [("", _("that we accept")), ("all", _("all"))]
        self.fields["state"].choices = [
            ("", _("all")),
            ("none", _("not begun")),
            ("draft", _("draft")),
            ("signed", _("signed off")),
        ]
        if not accepts:
            del self.fields["whose"]
        as_bootstrap(self)


def as_bootstrap(form) -> None:
    """The classes of Bootstrap, for filters that the template lays out itself."""
    for field in form.fields.values():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            widget.attrs["class"] = "form-check-input"
        elif isinstance(widget, forms.Select):
            widget.attrs["class"] = "form-select form-select-sm"
        else:
            widget.attrs["class"] = "form-control form-control-sm"
