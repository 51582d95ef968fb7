"""What people say, what they want to know of it, and what the handling unit does with it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind
from common.codes import is_key, new_key
from common.forms import WithFiles
from evaluations.forms.fields import DayInput, EvidenceField, plain_helper
from evaluations.forms.findings import as_bootstrap
from evaluations.models import (
    FindingCategory,
    OpinionKind,
    OpinionState,
    Severity,
    TermStep,
    TermUnit,
    VoiceGroup,
)

TEXT_LENGTH = 4000
FILES = 3


def bureau_choices() -> list:
    """The bureaus by prefecture, for a select: two thousand stations are found by their own page.
    One query."""
    units = Organisation.objects.filter(
        active=True, kind__in=(OrganisationKind.PREFECTURE, OrganisationKind.COUNTY)
    )
    groups: dict[str, list] = {}
    names = {}
    for unit in units.order_by("path"):
        above = unit.path.split("/")[1]
        names.setdefault(above, unit.name)
        groups.setdefault(above, []).append((unit.code, unit.name))
    return [(names[above], rows) for above, rows in groups.items()]


class PublicOpinionForm(WithFiles, forms.Form):
    """An opinion or complaint. `promises`: the published ones of the station that it is about;
    `bureaus`: what a page without a station offers."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=OpinionKind.choices, widget=forms.RadioSelect
    )
    unit = forms.ChoiceField(
        label=_("Whom is it about?"),
        required=False,
        help_text=_("About a station? Look for it on the front page; it has a page of its own."),
    )
    text = forms.CharField(
        label=_("What do you want to say?"),
        min_length=5,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("What happened, when, where, and what you wish for."),
    )
    commitment = forms.ModelChoiceField(
        None,
        label=_("Which promise of the station does it touch?"),
        required=False,
        empty_label=_("none, or I do not know"),
    )
    group = forms.ChoiceField(
        label=_("You are"), choices=VoiceGroup.choices, initial=VoiceGroup.PUBLIC
    )
    concerns_bureau = forms.BooleanField(
        label=_("The unit right above is involved too: a higher level shall handle it"),
        required=False,
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=60,
        help_text=_(
            "You need not give it. With a name you can say later whether the answer satisfies you. "
            "Only the unit that handles this reads it, and every reading is recorded."
        ),
    )
    phone = forms.CharField(label=_("Your phone"), required=False, max_length=30)
    files = EvidenceField(
        most=FILES,
        label=_("Photos or papers"),
        help_text=_(
            "At most 3 files: JPG, PNG, WebP, PDF, Word (docx), Excel (xlsx), %(limit)s MB each."
        ),
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, promises=None, bureaus=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = new_key
        if promises:
            self.fields["commitment"].queryset = promises
        else:
            del self.fields["commitment"]
        if bureaus is None:
            del self.fields["unit"]
        else:
            self.fields["unit"].choices = [("", _("the campaign as a whole")), *bureaus]
            del self.fields["concerns_bureau"]

    def clean_key(self):
        key = self.cleaned_data["key"]
        return key if is_key(key) else new_key()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("phone") and not cleaned.get("name"):
            self.add_error("name", _("With a phone, give the name to ask for too."))
        return cleaned


class VerdictForm(forms.Form):
    """Whether the answer satisfies."""

    satisfied = forms.TypedChoiceField(
        label=_("Does the answer satisfy you?"),
        choices=[("yes", _("fully satisfied")), ("no", _("not satisfied"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What is still missing?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Needed when you are not satisfied."),
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("satisfied") is False and not cleaned.get("words", "").strip():
            self.add_error("words", _("Say what is still missing."))
        return cleaned


# --- the handling unit ----------------------------------------------------------------------------


class OpinionFilterForm(forms.Form):
    """Which opinions to list."""

    state = forms.ChoiceField(label=_("state"), required=False)
    kind = forms.ChoiceField(label=_("kind"), required=False)
    whose = forms.ChoiceField(label=_("handled by"), required=False)
    overdue = forms.BooleanField(label=_("overdue only"), required=False)
    q = forms.CharField(label=_("unit or number"), required=False, max_length=60)
    # From a promise's page.
    promise = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [
            ("", _("all")),
            ("waiting", _("waiting")),
            *OpinionState.choices,
        ]
        self.fields["kind"].choices = [("", _("all")), *OpinionKind.choices]
        self.fields["whose"].choices = [("", _("all")), ("own", _("my unit"))]
        as_bootstrap(self)


class AcceptForm(forms.Form):
    """Take it up. `promises`: the published ones of the station."""

    commitment = forms.ModelChoiceField(
        None, label=_("promise that it touches"), required=False, empty_label=_("none")
    )
    reason = forms.CharField(
        label=_("note for who said it"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args, promises, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["commitment"].queryset = promises
        self.helper = plain_helper()


class TransferForm(forms.Form):
    """Pass on: to whom, why, and whom it is really about."""

    unit = forms.ChoiceField(label=_("pass on to"))
    station = forms.CharField(
        label=_("code of the unit that it is really about"),
        required=False,
        max_length=20,
        help_text=_("Only where another unit was named."),
    )
    reason = forms.CharField(label=_("reason"), max_length=1000, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args, bureaus, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = bureaus
        self.helper = plain_helper()

    def clean_unit(self):
        return Organisation.objects.get(code=self.cleaned_data["unit"])

    def clean_station(self):
        if not (code := self.cleaned_data["station"].strip()):
            return None
        target = Organisation.objects.filter(code=code, active=True).first()
        if target is None:
            raise ValidationError(_("There is no unit with this code."))
        return target


class AnswerForm(forms.Form):
    """The answer, read with the query code."""

    text = forms.CharField(
        label=_("answer"), max_length=TEXT_LENGTH, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class ExtensionForm(forms.Form):
    """More time: a day after `after` and not after `latest`."""

    due_on = forms.DateField(label=_("new day"), widget=DayInput())
    reason = forms.CharField(label=_("reason"), max_length=1000, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args, after, latest, **kwargs):
        super().__init__(*args, **kwargs)
        self.after, self.latest = after, latest
        self.fields["due_on"].help_text = _("After %(due)s and not after %(latest)s.") % {
            "due": after.isoformat(),
            "latest": latest.isoformat(),
        }
        self.helper = plain_helper()

    def clean_due_on(self):
        if not self.after < (day := self.cleaned_data["due_on"]) <= self.latest:
            raise ValidationError(self.fields["due_on"].help_text)
        return day


class OpinionFindingForm(forms.Form):
    """The problem in words that the station may read, and its rectification."""

    category = forms.ChoiceField(label=_("category"), choices=FindingCategory.choices)
    severity = forms.ChoiceField(label=_("severity"), choices=Severity.choices)
    text = forms.CharField(
        label=_("problem"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The station reads this: leave out who said it."),
    )
    requirement = forms.CharField(
        label=_("what is to be done"), max_length=2000, widget=forms.Textarea({"rows": 3})
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


class TermForm(forms.Form):
    """How long something may take."""

    step = forms.ChoiceField(label=_("term"), choices=TermStep.choices)
    days = forms.IntegerField(label=_("days"), min_value=1, max_value=365)
    unit = forms.ChoiceField(label=_("unit"), choices=TermUnit.choices)
    scope = forms.ChoiceField(
        label=_("holds for"),
        choices=[("campaign", _("this campaign")), ("all", _("all campaigns"))],
    )
    basis = forms.CharField(label=_("legal basis"), max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class RetentionForm(forms.Form):
    """How long names and contacts are kept."""

    months = forms.IntegerField(
        label=_("months after the campaign's last day"), min_value=1, max_value=120
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
