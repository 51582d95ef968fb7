"""Forms of plans, replies, re-checks, spot checks, secret visits and vetoes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.forms import WithFiles
from evaluations.forms.fields import (
    DayInput,
    EvidenceField,
    KeyField,
    ReasonForm,
    plain_helper,
)
from evaluations.models import (
    AcceptanceRules,
    FindingCategory,
    InspectionTeam,
    Inspector,
    Severity,
)
from evaluations.services.replies import Point


class PlainForm(WithFiles, forms.Form):
    """Drawn by crispy inside the template's own form tag."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


def long_text(label, rows=3, **kwargs):
    """A text of several lines."""
    return forms.CharField(
        label=label, widget=forms.Textarea({"rows": rows}), max_length=4000, **kwargs
    )


# --- veto -----------------------------------------------------------------------------------------


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


class ReplyForm(PlainForm):
    """What the station has to say, with its evidence."""

    text = long_text(_("the station's reply"), rows=4)
    files = EvidenceField()


# --- after sign-off -------------------------------------------------------------------------------


class ObjectionsForm(WithFiles, forms.Form):
    """A text and files for each deduction of a signed check; what stays empty is agreed to."""

    def __init__(self, *args, scores, **kwargs):
        super().__init__(*args, **kwargs)
        self.scores = [score for score in scores if score.deduction]
        for score in self.scores:
            self.fields[f"text_{score.pk}"] = forms.CharField(
                label=_("why the station does not agree"),
                required=False,
                max_length=2000,
                widget=forms.Textarea({"rows": 2, "class": "form-control"}),
            )
            self.fields[f"files_{score.pk}"] = EvidenceField(help_text="")

    def lines(self):
        """(score, its text field, its files field)."""
        return [
            (score, self[f"text_{score.pk}"], self[f"files_{score.pk}"]) for score in self.scores
        ]

    def points(self) -> list[Point]:
        values = self.cleaned_data
        return [
            Point(score, values[f"text_{score.pk}"], values[f"files_{score.pk}"])
            for score in self.scores
            if values[f"text_{score.pk}"].strip()
        ]

    def clean(self):
        cleaned = super().clean()
        for score in self.scores:
            if cleaned.get(f"files_{score.pk}") and not cleaned.get(f"text_{score.pk}", "").strip():
                self.add_error(f"text_{score.pk}", _("Say why you do not agree."))
        return cleaned


class DecisionForm(PlainForm):
    """What stays of a deduction, and why."""

    deduction = forms.DecimalField(
        label=_("deduction after the decision"), min_value=0, max_digits=4, decimal_places=1
    )
    reason = long_text(_("reason of the decision"), rows=2)


class RecheckForm(PlainForm):
    """The re-check of a conditional acceptance."""

    checked_on = forms.DateField(label=_("checked on"), widget=DayInput())
    inspectors = forms.MultipleChoiceField(
        label=_("inspectors"), widget=forms.CheckboxSelectMultiple
    )
    passed = forms.TypedChoiceField(
        label=_("result"),
        choices=[("yes", _("everything is mended")), ("no", _("not mended"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = long_text(_("what was found"))
    files = EvidenceField()

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["inspectors"].choices = [(name, name) for name in pool]


# --- the plan -------------------------------------------------------------------------------------


class InspectorForm(forms.ModelForm):
    """Somebody of the pool."""

    class Meta:
        model = Inspector
        fields = ["name", "unit", "phone", "user", "active"]

    def __init__(self, *args, authority, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
        units = Organisation.objects.below(authority).filter(active=True).exclude(kind="station")
        self.fields["unit"].queryset = units
        self.fields["unit"].initial = authority
        self.fields["user"].queryset = (
            self.fields["user"]
            .queryset.filter(
                memberships__organisation__in=units, memberships__active=True, is_active=True
            )
            .distinct()
        )
        self.fields["user"].required = False


class TeamForm(PlainForm):
    """The members of a team."""

    members = forms.ModelMultipleChoiceField(
        label=_("members"), queryset=Inspector.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, authority, **kwargs):
        super().__init__(*args, **kwargs)
        pool = Inspector.objects.for_duty().filter(pool=authority).select_related("unit")
        self.fields["members"].queryset = pool
        self.fields["members"].label_from_instance = lambda person: (
            f"{person.name} · {person.unit.name}"
        )


class ScheduleForm(PlainForm):
    """From when, and how many visits a team makes a day."""

    starts_on = forms.DateField(label=_("from"), widget=DayInput())
    visits_a_day = forms.IntegerField(
        label=_("visits a team and day"), min_value=1, max_value=20, initial=4
    )


class PlannedVisitForm(PlainForm):
    """Another team or day for one station."""

    team = forms.ModelChoiceField(
        label=_("inspection team"), queryset=InspectionTeam.objects.none()
    )
    day = forms.DateField(label=_("day"), widget=DayInput())
    position = forms.IntegerField(label=_("place on the route"), min_value=1, max_value=100)

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = plan.teams.all()


class VisitChoices(forms.ModelMultipleChoiceField):
    """Planned visits, named by their station."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, visit):
        return f"{visit.enrolment.station.name} · {visit.day:%Y-%m-%d} · {visit.team}"


class MoveForm(PlainForm):
    """Another day or team for several stations. Shown without `visits` beside the list in which
    they are chosen, and with those that were chosen when something has to be put right."""

    visits = VisitChoices(label=_("Stations"), queryset=None)
    team = forms.ModelChoiceField(
        label=_("inspection team"), queryset=None, required=False, empty_label=_("as planned")
    )
    day = forms.DateField(label=_("day"), widget=DayInput(), required=False)

    def __init__(self, data=None, *, plan, visits):
        super().__init__(data)
        self.fields["team"].queryset = plan.teams.all()
        if data is None:
            del self.fields["visits"]
            return
        chosen = [pk for pk in data.getlist("visits") if pk.isdecimal()]
        self.fields["visits"].queryset = visits.filter(pk__in=chosen)


class RulesForm(forms.ModelForm):
    """The campaign's numbers of acceptance."""

    class Meta:
        model = AcceptanceRules
        fields = [
            "qualified_percent",
            "rectify_percent",
            "team_size",
            "reply_days",
            "decision_days",
            "recheck_days",
            "veto_reply_days",
            "spot_percent",
            "spot_minimum",
            "spot_threshold",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()

    def clean(self):
        cleaned = super().clean()
        low, high = cleaned.get("rectify_percent"), cleaned.get("qualified_percent")
        if low is not None and high is not None and low > high:
            self.add_error("rectify_percent", _("This lies above the line for “qualified”."))
        return cleaned


# --- spot checks ----------------------------------------------------------------------------------


class FrameForm(PlainForm):
    """Which public number will decide; for a new draw, why."""

    public_number_name = forms.CharField(
        label=_("the public number that will be used"),
        max_length=120,
        help_text=_("For instance a lottery's number of a coming day, so named that all find it."),
    )
    public_number_on = forms.DateField(
        label=_("day on which that number appears"), widget=DayInput()
    )
    weighted = forms.BooleanField(label=_("weighted by the over-reporting index"), required=False)
    reason = long_text(_("reason of the new draw"), rows=2, required=False)

    def __init__(self, *args, anew, **kwargs):
        super().__init__(*args, **kwargs)
        if anew:
            self.fields["reason"].required = True
        else:
            del self.fields["reason"]


class PublicNumberForm(PlainForm):
    """The number that has appeared."""

    public_number = forms.CharField(label=_("public number"), max_length=40)


class OrderForm(PlainForm):
    """Why a prefecture checks again, and by when."""

    reason = long_text(_("reason"), rows=2)
    due_on = forms.DateField(label=_("due on"), widget=DayInput())


class ReportForm(PlainForm):
    """What the prefecture did."""

    report = long_text(_("what was done"), rows=4)


# --- secret visits --------------------------------------------------------------------------------


class SecretVisitForm(PlainForm):
    """A visit, written down."""

    key = KeyField(required=False)
    visited_on = forms.DateField(label=_("visited on"), widget=DayInput())
    visitors = forms.CharField(label=_("visitors"), max_length=200)
    summary = long_text(_("what was seen"), rows=5)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_visited_on(self):
        if (day := self.cleaned_data["visited_on"]) > self.today:
            raise ValidationError(_("The day of the visit must not lie in the future."))
        return day


class ObservationForm(PlainForm):
    """A problem that was seen."""

    key = KeyField(required=False)
    text = long_text(_("problem"))
    category = forms.ChoiceField(label=_("category"), choices=FindingCategory.choices)
    severity = forms.ChoiceField(label=_("severity"), choices=Severity.choices)
    criterion = forms.ModelChoiceField(label=_("criterion"), queryset=None, required=False)
    files = EvidenceField()

    def __init__(self, *args, criteria, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = criteria
