"""The campaign editor: one form whose fields follow the kinds of phases and duties."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.models import Activity, DueUnit, ObligationKind, PhaseKind
from campaign.services.definitions import Definition, PhasePlan, RulePlan

NOT_OWED = ""


class DayField(forms.DateField):
    """A day with the browser's calendar."""

    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class CampaignForm(forms.Form):
    """Builds a `Definition`. `year`: of a campaign that exists, else it is a field."""

    title_zh = forms.CharField(label=_("title in Chinese"), max_length=120)
    title_en = forms.CharField(label=_("title in English"), max_length=200)
    document_number = forms.CharField(label=_("document number"), max_length=60)
    notice = forms.CharField(label=_("text of the notice"), widget=forms.Textarea({"rows": 10}))
    steps = forms.RegexField(
        r"^\s*-?\d{1,2}(\s*[,，]\s*-?\d{1,2})*\s*$",
        label=_("reminder days"),
        max_length=80,
        help_text=_("Days after the due day, before it with a minus: -7, -3, -1, 0, 1, 3"),
    )
    repeat_days = forms.IntegerField(
        label=_("after the last of them again every … days"),
        required=False,
        min_value=1,
        max_value=60,
    )
    reason = forms.CharField(
        label=_("reason for other dates"),
        required=False,
        max_length=500,
        help_text=_("Needed once the campaign is open. Those whose deadlines move read it."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, definition: Definition | None = None, version=1, **kwargs):
        self.definition = definition
        initial = _initial(definition) | {"version": version} if definition else {}
        super().__init__(*args, initial=initial, **kwargs)
        if definition is None:
            self.fields["year"] = forms.IntegerField(
                label=_("year"), min_value=2014, max_value=2100
            )
        for kind, label in PhaseKind.choices:
            self.fields[f"{kind}_starts_on"] = DayField(label=_("from"))
            self.fields[f"{kind}_ends_on"] = DayField(label=_("until"))
            self.fields[f"{kind}_activities"] = forms.MultipleChoiceField(
                label=label,
                choices=Activity.choices,
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        for kind in ObligationKind.values:
            self.fields[f"{kind}_unit"] = forms.ChoiceField(
                label=_("how the day is set"),
                choices=[(NOT_OWED, _("not owed")), *DueUnit.choices],
                required=False,
                widget=forms.Select({"class": "form-select"}),
            )
            self.fields[f"{kind}_due_on"] = DayField(label=_("day"), required=False)
            self.fields[f"{kind}_days"] = forms.IntegerField(
                label=_("days"),
                required=False,
                min_value=1,
                max_value=365,
                widget=forms.NumberInput({"class": "form-control"}),
            )

    @property
    def phase_rows(self):
        """(label, first day, last day, what it allows) of each phase."""
        return [
            (
                label,
                self[f"{kind}_starts_on"],
                self[f"{kind}_ends_on"],
                self[f"{kind}_activities"],
            )
            for kind, label in PhaseKind.choices
        ]

    @property
    def rule_rows(self):
        """(label, unit, day, days) of each kind of duty."""
        return [
            (label, self[f"{kind}_unit"], self[f"{kind}_due_on"], self[f"{kind}_days"])
            for kind, label in ObligationKind.choices
        ]

    def clean_steps(self):
        text = self.cleaned_data["steps"].replace("，", ",")
        return sorted({int(part) for part in text.split(",")})

    def clean(self):
        cleaned = super().clean()
        for kind in PhaseKind.values:
            first, last = cleaned.get(f"{kind}_starts_on"), cleaned.get(f"{kind}_ends_on")
            if first and last and last < first:
                self.add_error(f"{kind}_ends_on", _("The phase ends before it starts."))
        for kind in ObligationKind.values:
            unit = cleaned.get(f"{kind}_unit")
            if unit == DueUnit.FIXED and not cleaned.get(f"{kind}_due_on"):
                self.add_error(f"{kind}_due_on", ValidationError(_("Give the day.")))
            if unit in (DueUnit.CALENDAR, DueUnit.WORKING) and not cleaned.get(f"{kind}_days"):
                self.add_error(f"{kind}_days", ValidationError(_("Give the number of days.")))
        return cleaned

    def result(self) -> Definition:
        """What was typed; only for a valid form."""
        cleaned = self.cleaned_data
        last = max(cleaned["steps"])
        return Definition(
            year=self.definition.year if self.definition else cleaned["year"],
            title_zh=cleaned["title_zh"],
            title_en=cleaned["title_en"],
            document_number=cleaned["document_number"],
            notice=cleaned["notice"],
            phases=tuple(
                PhasePlan(
                    kind,
                    cleaned[f"{kind}_starts_on"],
                    cleaned[f"{kind}_ends_on"],
                    frozenset(cleaned[f"{kind}_activities"]),
                )
                for kind in PhaseKind.values
            ),
            rules=tuple(
                RulePlan(
                    kind,
                    unit,
                    cleaned[f"{kind}_due_on"] if unit == DueUnit.FIXED else None,
                    cleaned[f"{kind}_days"] if unit != DueUnit.FIXED else None,
                )
                for kind in sorted(ObligationKind.values)
                if (unit := cleaned[f"{kind}_unit"])
            ),
            steps=tuple(
                (offset, cleaned["repeat_days"] if offset == last else None)
                for offset in cleaned["steps"]
            ),
        )


def _initial(definition: Definition) -> dict:
    initial = {
        name: getattr(definition, name)
        for name in ("title_zh", "title_en", "document_number", "notice")
    }
    initial["steps"] = ", ".join(str(offset) for offset, _repeat in definition.steps)
    initial["repeat_days"] = next((repeat for _, repeat in definition.steps if repeat), None)
    for phase in definition.phases:
        initial[f"{phase.kind}_starts_on"] = phase.starts_on
        initial[f"{phase.kind}_ends_on"] = phase.ends_on
        initial[f"{phase.kind}_activities"] = sorted(phase.activities)
    for rule in definition.rules:
        initial[f"{rule.kind}_unit"] = rule.unit
        initial[f"{rule.kind}_due_on"] = rule.due_on
        initial[f"{rule.kind}_days"] = rule.days
    return initial


class QuietHoursForm(forms.Form):
    """In which hours no reminder goes out."""

    starts_at = forms.TimeField(
        label=_("from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    ends_at = forms.TimeField(
        label=_("until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("starts_at") and cleaned.get("starts_at") == cleaned.get("ends_at"):
            raise ValidationError(_("They must end at another time than they begin."))
        return cleaned
