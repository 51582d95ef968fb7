"""The office's forms."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.sheet_pages import WorkbookForm
from common.sheets import Table, read_table
from evaluations.forms.fields import DayInput, KeyField, plain_helper
from evaluations.models import FindingCategory, Severity
from surveys.disclosure import SMALLEST_CELL
from surveys.imports import PEOPLE
from surveys.models import BallotRules, Questionnaire


class PlainForm(forms.Form):
    """A form that its template wraps."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


_LISTS = {"workbook", "typed"}


def people_in(upload, with_addresses=False) -> Table:
    """The list of people served in an uploaded workbook; `ValidationError` names what is wrong.
    Each line needs an address with `with_addresses`, and none twice: one person, one code."""
    checked = WorkbookForm({}, {"workbook": upload})
    if not checked.is_valid():
        raise ValidationError(checked.errors["workbook"].as_data())
    table = read_table(checked.cleaned_data["workbook"], PEOPLE)
    table.fail_doubles("reference")
    if with_addresses:
        for row in table.rows:
            try:
                validate_email(row.values["email"] or "")
            except ValidationError:
                table.fail(row, "email", gettext("This is not an e-mail address."))
        table.fail_doubles("email")
    if table.errors:
        raise ValidationError(
            [
                gettext("Row %(row)s, %(column)s: %(reason)s")
                % {"row": error.row or "–", "column": error.column, "reason": error.reason}
                for error in table.errors[:20]
            ]
        )
    return table


def people_of(table: Table) -> list[tuple[str, str]]:
    """(reference, name) of each line of the list."""
    return [(row.values["reference"], row.values["name"] or "") for row in table.rows]


class CodesForm(PlainForm):
    """One-time codes for a station, for people drawn from a list or handed out by the office."""

    key = KeyField()
    group = forms.ChoiceField(label=_("respondent group"), required=False)
    number = forms.IntegerField(
        label=_("number of codes"),
        min_value=SMALLEST_CELL,
        max_value=2000,
        required=False,
        help_text=_("With typed addresses: as many as there are."),
    )
    note = forms.CharField(label=_("note"), required=False, max_length=120)
    workbook = forms.FileField(
        label=_("list of people served (.xlsx), to draw from"),
        required=False,
        help_text=_("Read once for the drawing and not kept; its fingerprint and the seed are."),
    )
    typed = forms.CharField(
        label=_("or e-mail addresses, one a line"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Each of them gets a code by mail."),
    )
    by_mail = forms.BooleanField(
        label=_("send the codes by mail to those drawn"),
        required=False,
        help_text=_(
            "Nobody sees the codes, nor who gets which. The mail ledger keeps to whom a mail went."
        ),
    )

    def __init__(self, *args, campaign, **kwargs):
        super().__init__(*args, **kwargs)
        questionnaire = Questionnaire.objects.in_force(campaign)
        groups = questionnaire.groups.all() if questionnaire else ()
        self.fields["group"].choices = [
            ("", _("chosen by the person")),
            *((group.code, group.name) for group in groups),
        ]
        self.table = None

    def clean_workbook(self):
        if not self.cleaned_data["workbook"]:
            return None
        self.table = people_in(self.cleaned_data["workbook"], self.data.get("by_mail"))
        return self.cleaned_data["workbook"]

    def clean_typed(self):
        """The addresses, each line named that holds none or one that stands there before."""
        lines = [line.strip() for line in self.cleaned_data["typed"].split("\n") if line.strip()]
        seen, errors = set(), []
        for line in lines:
            try:
                validate_email(line)
            except ValidationError:
                errors.append(gettext("“%(line)s” is no e-mail address.") % {"line": line[:80]})
            if line.lower() in seen:
                errors.append(gettext("“%(line)s” stands there twice.") % {"line": line[:80]})
            seen.add(line.lower())
        if errors:
            raise ValidationError(errors[:20])
        return lines

    def clean(self):
        data = super().clean()
        typed = data.get("typed")
        if typed and self.table is not None:
            self.add_error("typed", _("Give a list or type addresses, not both."))
        elif typed:
            data |= {"by_mail": True, "number": len(typed)}
            if len(typed) < SMALLEST_CELL:
                self.add_error("typed", _("These are fewer than a batch has at least."))
        elif data.get("by_mail") and self.table is None and not self.errors.keys() & _LISTS:
            self.add_error("by_mail", _("Codes are mailed to people drawn from a list."))
        if data.get("number") is None and not self.errors.keys() & {"number", "typed"}:
            self.add_error("number", _("Say how many."))
        return data

    def addresses(self) -> list[str]:
        """The address of each line where codes go by mail; empty otherwise."""
        if not self.cleaned_data["by_mail"]:
            return []
        return self.cleaned_data["typed"] or [row.values["email"] for row in self.table.rows]

    def people(self) -> list[tuple[str, str]]:
        """(reference, name) of each line of the list, or of each typed address; empty without."""
        if self.table is None:
            return [(address, "") for address in self.cleaned_data["typed"]]
        return people_of(self.table)


class CallBackForm(PlainForm):
    """The list of the drawing again, and how many to call."""

    size = forms.IntegerField(label=_("people to call"), min_value=SMALLEST_CELL, max_value=200)
    workbook = forms.FileField(
        label=_("the list from which the batch was drawn (.xlsx)"),
        help_text=_("Read once and not kept; its fingerprint must be the batch's."),
    )

    def clean_workbook(self):
        self.table = people_in(self.cleaned_data["workbook"])
        return self.cleaned_data["workbook"]

    def people(self) -> list[tuple[str, str]]:
        """(reference, name) of each line."""
        return people_of(self.table)


class CallBackNoteForm(PlainForm):
    reached = forms.IntegerField(label=_("reached"), min_value=0)
    without_code = forms.IntegerField(label=_("never got a code"), min_value=0)
    by_others = forms.IntegerField(label=_("somebody else kept or used it"), min_value=0)


class HandOutForm(PlainForm):
    number = forms.IntegerField(label=_("number of slips"), min_value=1)
    to = forms.CharField(label=_("handed to"), max_length=120)


class VoidForm(PlainForm):
    typed = forms.CharField(label=_("codes, one a line"), widget=forms.Textarea(attrs={"rows": 4}))
    returned = forms.BooleanField(label=_("the slips came back unused"), required=False)
    reason = forms.CharField(label=_("reason"), max_length=400)

    def clean_typed(self):
        return [line for line in self.cleaned_data["typed"].split("\n") if line.strip()]


class ReplaceForm(PlainForm):
    address = forms.EmailField(label=_("address"))
    returned_code = forms.CharField(
        label=_("code in the returned mail, if it is at hand"),
        required=False,
        max_length=40,
        help_text=_("It becomes void. If it was used, somebody has read the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("reason"), max_length=400)


class ReasonForm(PlainForm):
    reason = forms.CharField(label=_("reason"), max_length=1000)


class PaperForm(PlainForm):
    """The paper of a meeting."""

    key = KeyField()
    issued = forms.IntegerField(label=_("sheets given out"), min_value=1, max_value=5000)
    returned = forms.IntegerField(label=_("sheets that came back"), min_value=1, max_value=5000)
    note = forms.CharField(label=_("note"), required=False, max_length=120)

    def clean(self):
        data = super().clean()
        if data.get("issued") and data.get("returned", 0) > data["issued"]:
            self.add_error("returned", _("More came back than were given out: the vote is void."))
        return data


class CountForm(PlainForm):
    day = forms.DateField(label=_("day of the meeting"), widget=DayInput())


class SheetForm(forms.Form):
    """A paper sheet as it is typed: an option's number a question, empty for none."""

    def __init__(self, *args, layout, **kwargs):
        super().__init__(*args, **kwargs)
        self.layout = layout
        self.fields["is_void"] = forms.BooleanField(label=_("the sheet is void"), required=False)
        self.fields["group"] = forms.ChoiceField(
            label=_("respondent group"),
            required=False,
            choices=[("", "–"), *((group.code, group.name) for group in layout.groups)],
        )
        for item in layout.packed:
            keys = " ".join(f"{choice.code}={choice.text}" for choice in item.choices)
            self.fields[item.field] = forms.CharField(
                label=f"{item.number}. {item.text} [{keys}]",
                required=False,
                max_length=1,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        self.fields["comment"] = forms.CharField(
            label=_("comment"),
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self.helper = plain_helper()

    def clean(self):
        data = super().clean()
        for item in self.layout.packed:
            code = data.get(item.field, "")
            if code and code not in item.codes:
                self.add_error(item.field, gettext("There is no option %(code)s.") % {"code": code})
        if not data.get("is_void") and not data.get("group"):
            self.add_error("group", _("Choose the respondent group of the sheet, or mark it void."))
        return data

    def sheet(self) -> dict:
        """The fields for the service."""
        data = self.cleaned_data
        answers = {
            item.number: data[item.field] for item in self.layout.packed if data.get(item.field)
        }
        return {
            "is_void": data["is_void"],
            "group": data["group"],
            "answers": answers,
            "comment": data["comment"],
        }


class RulesForm(forms.ModelForm):
    class Meta:
        model = BallotRules
        fields = (
            "fast_seconds",
            "least_ballots",
            "straight_percent",
            "closing_percent",
            "gap_points",
            "challenge_bits",
            "challenge_seconds",
            "mix_every",
            "reserve_percent",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class ShowForm(PlainForm):
    text = forms.CharField(
        label=_("what the station reads"), widget=forms.Textarea(attrs={"rows": 3})
    )


class FindForm(PlainForm):
    category = forms.ChoiceField(label=_("category"), choices=FindingCategory.choices)
    severity = forms.ChoiceField(label=_("severity"), choices=Severity.choices)


class LeadFindForm(FindForm):
    text = forms.CharField(
        label=_("what was found"),
        help_text=_("The station reads this. Say nothing of the ballots."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
    field_order = ("text", "category", "severity")
