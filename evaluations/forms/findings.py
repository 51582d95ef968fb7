"""Findings: recorded, filtered, dispatched one by one or many at once."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.forms import WithFiles
from evaluations.forms.fields import DayInput, EvidenceField, KeyField, as_bootstrap, plain_helper
from evaluations.models import (
    Area,
    Finding,
    FindingCategory,
    FindingSource,
    SavedFilter,
    Severity,
    TaskState,
)
from stations.models import StationKind

ALL = ("", _("all"))


class FindingForm(WithFiles, forms.ModelForm):
    """`sources`: what the person may record; `standard`: the one in force."""

    key = KeyField()
    files = EvidenceField(label=_("how it looks"))

    class Meta:
        model = Finding
        fields = ("source", "category", "severity", "area", "criterion", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, sources, standard, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [
            (source, FindingSource(source).label) for source in sources
        ]
        self.fields["area"].queryset = standard.areas.all()
        self.fields["criterion"].queryset = standard.criteria()
        self.helper = plain_helper()


class DispatchForm(forms.Form):
    """What is to be done, by when, and whether the public is told."""

    requirement = forms.CharField(
        label=_("what is to be done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )
    due_on = forms.DateField(label=_("due on"), widget=DayInput())
    to_publish = forms.BooleanField(
        label=_("publish the result on the station's public page"), required=False
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.helper = plain_helper()

    def clean_due_on(self):
        if (day := self.cleaned_data["due_on"]) < self.today:
            raise ValidationError(_("The day must not lie in the past."))
        return day


class TaskForm(DispatchForm):
    """Dispatch of one finding: also who answers for it."""

    owner = forms.CharField(label=_("responsible person"), required=False, max_length=40)
    field_order = ["requirement", "owner", "due_on", "to_publish"]


class FindingFilterForm(forms.Form):
    """Which findings to list. `areas`: (number, name) of the standard in force."""

    source = forms.ChoiceField(label=_("source"), required=False)
    area = forms.ChoiceField(label=_("area"), required=False)
    category = forms.ChoiceField(label=_("category"), required=False)
    severity = forms.ChoiceField(label=_("severity"), required=False)
    state = forms.ChoiceField(label=_("state"), required=False)
    kind = forms.ChoiceField(label=_("kind of station"), required=False)
    q = forms.CharField(label=_("station, code or problem"), required=False, max_length=60)

    def __init__(self, *args, areas, **kwargs):
        super().__init__(*args, **kwargs)
        for name, choices in {
            "source": FindingSource.choices,
            "area": areas,
            "category": FindingCategory.choices,
            "severity": Severity.choices,
            "state": [
                ("none", _("not dispatched")),
                ("overdue", _("overdue")),
                ("unfinished", _("dispatched, not accepted")),
                *TaskState.choices,
            ],
            "kind": StationKind.choices,
        }.items():
            self.fields[name].choices = [ALL, *choices]
        as_bootstrap(self)

    def query(self) -> str:
        """What the filter adds to the address, so that it can be kept and shared."""
        self.is_valid()
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in self.cleaned_data.items() if value})
        return query.urlencode()


class SaveFilterForm(forms.ModelForm):
    class Meta:
        model = SavedFilter
        fields = ("name",)


def areas_of(standard) -> list[tuple]:
    """(number, name) of a standard's areas, for a choice."""
    areas = Area.objects.filter(standard=standard) if standard else ()
    return [(str(area.number), str(area)) for area in areas]


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
