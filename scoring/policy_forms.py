"""The editor of the rules of scoring: one form over a whole version."""

from decimal import Decimal

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaign.models import SupervisionLine
from evaluations.forms.fields import plain_helper
from scoring.models import Grade, Part, TenPercent, TieBreak
from scoring.services.policy_versions import PolicyDraft
from stations.models import StationKind

PEER_ROWS = 6
# Which parts a line may have; the questionnaire is on each.
LINE_PARTS = {
    SupervisionLine.REGULAR: (Part.PREFECTURE, Part.COUNTY, Part.QUESTIONNAIRE),
    SupervisionLine.DIRECT: (Part.PROVINCE, Part.COUNTY, Part.QUESTIONNAIRE),
    SupervisionLine.NO_COUNTY: (Part.PREFECTURE, Part.QUESTIONNAIRE),
}


def _number(text, initial, *, most=1000, least=0, places=3):
    return forms.DecimalField(
        label=text,
        # Without the zeros of the column: 10, not 10.000 and not 1E+1.
        initial=None if initial is None else f"{Decimal(initial).normalize():f}",
        min_value=least,
        max_value=most,
        decimal_places=places,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


class PolicyForm(forms.Form):
    """Every number of a version, and why it is changed. `words`: names of options and groups."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    ten_percent = forms.ChoiceField(
        label=_("The notice's “占10%” is read as"),
        choices=TenPercent.choices,
        widget=forms.RadioSelect,
        help_text=_("The first two set the daily weights where there is a county."),
    )

    def __init__(self, *args, draft: PolicyDraft, version: int, words: dict, **kwargs):
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.fields["version"].initial = version
        self.fields["ten_percent"].initial = draft.ten_percent
        for line, parts in LINE_PARTS.items():
            for part in parts:
                text = f"{line.label}: {part.label}"
                weight = draft.parts.get((line, part), 0)
                self.fields[f"part_{line}_{part}"] = _number(text, weight)
        for (scale, option), value in draft.options.items():
            if value is not None and (not words["options"] or (scale, option) in words["options"]):
                text = f"{scale}: {words['options'].get((scale, option), option)}"
                self.fields[f"option_{scale}_{option}"] = _number(text, value, most=100, places=2)
        for code, (weight, least) in draft.groups.items():
            name = words["groups"].get(code, code)
            text = gettext("%(group)s: weight") % {"group": name}
            self.fields[f"weight_{code}"] = _number(text, weight, least=Decimal("0.001"))
            self.fields[f"least_{code}"] = forms.IntegerField(
                label=gettext("%(group)s: minimum of valid ballots") % {"group": name},
                initial=least,
                min_value=5,
                max_value=10000,
            )
        self.fields["minimum_sample"] = forms.IntegerField(
            label=gettext("Minimum sample of a station"),
            initial=draft.minimum_sample,
            min_value=5,
            max_value=10000,
        )
        self.fields["places"] = forms.IntegerField(
            label=gettext("Decimal places, rounded once, half up"),
            initial=draft.places,
            min_value=0,
            max_value=2,
        )
        self.fields["tie_break"] = forms.ChoiceField(
            label=gettext("Ties"), choices=TieBreak.choices, initial=draft.tie_break
        )
        for grade in Grade:
            if grade != Grade.UNQUALIFIED:
                text = gettext("%(grade)s from") % {"grade": grade.label}
                floor = draft.grades.get(grade, 0)
                self.fields[f"grade_{grade}"] = _number(text, floor, most=100, places=2)
        self.fields["veto_grade"] = forms.ChoiceField(
            label=gettext("Best grade under a veto"),
            choices=Grade.choices,
            initial=draft.veto_grade,
        )
        self.peer_rows = []
        for number in range(PEER_ROWS):
            present = draft.peers[number] if number < len(draft.peers) else {}
            self.peer_rows.append(self._add_peer(number, present))
        self.fields["reason"] = forms.CharField(
            label=gettext("reason"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        self.helper = plain_helper()
        self.helper.layout = Layout("version", "ten_percent", *self._boxes(), "reason")

    def _boxes(self):
        """The numbers by subject, several in a line where there is room."""
        subjects = {
            gettext("Weights of the parts"): ("part_",),
            gettext("What the options are worth"): ("option_",),
            gettext("Groups"): ("weight_", "least_"),
            gettext("Ranks and grades"): (
                "minimum_sample",
                "places",
                "tie_break",
                "grade_",
                "veto_grade",
            ),
        }
        for title, starts in subjects.items():
            names = [name for name in self.fields if name.startswith(starts)]
            yield Fieldset(title, Div(*names, css_class="field-grid"))
        rows = [Div(*names, css_class="field-grid five") for names in self.peer_rows]
        yield Fieldset(gettext("Peer groups: one kind, by the number of staff"), *rows)

    def _add_peer(self, number: int, present: dict) -> list[str]:
        made = {
            "name_zh": forms.CharField(label=gettext("name in Chinese"), max_length=40),
            "name_en": forms.CharField(label=gettext("name in English"), max_length=60),
            "kind": forms.ChoiceField(label=gettext("kind"), choices=StationKind.choices),
            "staff_from": forms.IntegerField(label=gettext("staff from"), min_value=0),
            "staff_to": forms.IntegerField(label=gettext("staff to"), min_value=0),
        }
        for name, entry in made.items():
            entry.required = False
            entry.initial = present.get(name)
            self.fields[f"peer{number}_{name}"] = entry
        return [f"peer{number}_{name}" for name in made]

    def clean(self):
        found = super().clean()
        if self.errors:
            return found
        peers = []
        for number in range(PEER_ROWS):
            name = found[f"peer{number}_name_zh"]
            if not name:
                continue
            first, last = found[f"peer{number}_staff_from"], found[f"peer{number}_staff_to"]
            if first is None or (last is not None and last < first):
                raise ValidationError(
                    gettext("The peer group “%(name)s” needs staff from … to … in this order.")
                    % {"name": name}
                )
            peers.append(
                {
                    "code": f"p{number + 1}",
                    "name_zh": name,
                    "name_en": found[f"peer{number}_name_en"] or name,
                    "kind": found[f"peer{number}_kind"],
                    "staff_from": first,
                    "staff_to": last,
                }
            )
        found["peers"] = peers
        return found

    def result(self) -> PolicyDraft:
        """The draft that the form describes. What it does not show stays as it was."""
        found, draft = self.cleaned_data, self.draft
        return PolicyDraft(
            places=found["places"],
            minimum_sample=found["minimum_sample"],
            valid_share=draft.valid_share,
            veto_grade=found["veto_grade"],
            tie_break=found["tie_break"],
            ten_percent=found["ten_percent"],
            parts={
                (line.value, part.value): found[f"part_{line}_{part}"]
                for line, parts in LINE_PARTS.items()
                for part in parts
            },
            options={
                key: found.get(f"option_{key[0]}_{key[1]}", value)
                for key, value in draft.options.items()
            },
            groups={
                code: (found[f"weight_{code}"], found[f"least_{code}"]) for code in draft.groups
            },
            grades={
                grade: found.get(f"grade_{grade}", floor) for grade, floor in draft.grades.items()
            },
            peers=found["peers"],
        )
