"""What the station and the bureau say of a rectification."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import WithFiles
from evaluations.forms.fields import DayInput, EvidenceField, as_bootstrap, plain_helper
from evaluations.models import (
    FindingSource,
    PostponementKind,
    RectificationRule,
    TaskState,
)
from evaluations.services.deadlines import DAYS
from evaluations.services.postponements import check_new_day


class StartForm(forms.Form):
    """Who answers for it, and what they mean to do."""

    owner = forms.CharField(label=_("responsible person"), max_length=40)
    measure = forms.CharField(
        label=_("measure"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class ResultForm(WithFiles, forms.Form):
    """What was done, with its evidence. `has_evidence`: `task` holds files of an
    earlier submission."""

    result = forms.CharField(
        label=_("what was done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    files = EvidenceField()

    def __init__(self, *args, task, has_evidence, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].holder = task
        self.fields["files"].required = not has_evidence
        self.fields["files"].error_messages["required"] = _("Attach at least one file as evidence.")
        self.helper = plain_helper()


class PostponeForm(forms.Form):
    """A later day, and why."""

    kind = forms.ChoiceField(label=_("what is asked for"), choices=PostponementKind.choices)
    reason = forms.CharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    interim_measure = forms.CharField(
        label=_("what is done meanwhile"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        required=False,
        help_text=_("Needed where the problem cannot be solved now."),
    )
    plan = forms.CharField(
        label=_("what is planned"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    new_due_on = forms.DateField(label=_("new day"), widget=DayInput())

    def __init__(self, *args, task, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.task, self.now = task, now
        self.helper = plain_helper()

    def clean(self):
        cleaned = super().clean()
        kind, day = cleaned.get("kind"), cleaned.get("new_due_on")
        if kind and day:
            try:
                check_new_day(self.task, kind, day, self.now)
            except ValidationError as error:
                self.add_error("new_due_on", error)
        if kind == PostponementKind.DEFERRAL and not cleaned.get("interim_measure", "").strip():
            self.add_error("interim_measure", _("Say what is done meanwhile."))
        return cleaned


class ReopenForm(forms.Form):
    """Why the problem is open again, and by when it is to be mended."""

    reason = forms.CharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
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


class PublishForm(forms.Form):
    """What the public reads."""

    text = forms.CharField(
        label=_("text for the public"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("Name nobody who complained, and nothing by which they could be known."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class DaysForm(forms.ModelForm):
    """How long rectification takes in a campaign."""

    class Meta:
        model = RectificationRule
        fields = DAYS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in DAYS:
            self.fields[name].min_value = 1
            self.fields[name].widget.attrs["min"] = 1
        self.helper = plain_helper()


class TaskFilterForm(forms.Form):
    """Which tasks to list. `areas`: (number, name) of the standard in force."""

    state = forms.ChoiceField(label=_("state"), required=False)
    source = forms.ChoiceField(label=_("source"), required=False)
    area = forms.ChoiceField(label=_("area"), required=False)
    waiting = forms.ChoiceField(label=_("what waits"), required=False)
    q = forms.CharField(label=_("station or problem"), required=False, max_length=60)
    overdue = forms.BooleanField(label=_("overdue only"), required=False)

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        for name, choices in {
            "state": TaskState.choices,
            "source": FindingSource.choices,
            "area": areas,
            "waiting": [
                ("later_day", _("a later day to decide")),
                ("escalated", _("told to the levels above")),
                ("publication", _("a result to publish")),
            ],
        }.items():
            self.fields[name].choices = [("", _("all")), *choices]
        as_bootstrap(self)
