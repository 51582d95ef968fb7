"""Asking for papers and mailing them; schedules, words and rules of the office."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind, User
from campaign.models import Campaign
from reports.mail.words import Occasion, unknown_in
from reports.models import MailSchedule, MailTemplate, ReportRules
from reports.papers import Paper

# What the office writes for a paper: name → field. All of them may stay empty but the number and
# the day of an official paper, which has no face without them.
DETAILS = {
    "number": lambda: forms.CharField(
        label=_("Document number"),
        max_length=40,
        help_text=_("As it is printed, for instance 豫安监〔2014〕12号."),
    ),
    "issued_on": lambda: forms.DateField(
        label=_("Date of issue"), widget=forms.DateInput(attrs={"type": "date"})
    ),
    "addressee": lambda: forms.CharField(label=_("Addressees"), max_length=200),
    "copies": lambda: forms.CharField(label=_("Copies to"), max_length=200, required=False),
    "contact": lambda: forms.CharField(
        label=_("Contact (name and telephone)"), max_length=80, required=False
    ),
    "opinion": lambda: forms.CharField(
        label=_("What is asked for"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Paragraphs for the last part of the paper; empty: the usual words."),
    ),
}


def helper_with(text) -> FormHelper:
    helper = FormHelper()
    helper.add_input(Submit("send", text))
    return helper


class PaperForm(forms.Form):
    """The request for one kind of paper."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Unit"), empty_label=None
    )
    station = forms.CharField(
        label=_("Only this station (code)"),
        max_length=20,
        required=False,
        help_text=_("Empty: all stations right below the unit."),
    )
    subject = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("About"), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language of the report"))

    def __init__(self, *args, user, paper: Paper, about: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.paper = user, paper
        self._offer_units()
        self._offer_subjects(about)
        for name in paper.fields:
            self.fields[name] = DETAILS[name]()
        names = dict(settings.LANGUAGES)
        self.fields["language"].choices = [(code, names[code]) for code in paper.languages]
        if get_language() in paper.languages:
            self.fields["language"].initial = get_language()
        if len(paper.languages) == 1:
            self._hide("language", paper.languages[0])
        self.helper = helper_with(_("Request the paper"))

    def _offer_units(self):
        units = Organisation.objects.below(self.user.organisation).filter(active=True)
        bureaus = [kind for kind in self.paper.units if kind != OrganisationKind.STATION]
        self.fields["organisation"].queryset = units.filter(kind__in=bureaus).order_by("path")
        self.fields["organisation"].initial = self.user.organisation.pk
        if self.paper.subjects or OrganisationKind.STATION not in self.paper.units:
            del self.fields["station"]
        elif not bureaus or self.user.organisation.kind == OrganisationKind.STATION:
            del self.fields["organisation"]
            self._hide("station", self.user.organisation.code)

    def _offer_subjects(self, about: str):
        if self.paper.subjects is None:
            del self.fields["subject"]
            return
        self.fields.pop("organisation", None)
        rows = self.paper.subjects(self.user)
        if about.isdecimal() and len(about) < 18:
            rows = rows.filter(pk=int(about))
        self.fields["subject"].queryset = rows

    def _hide(self, name, value):
        self.fields[name].initial = value
        self.fields[name].widget = forms.HiddenInput()

    def clean_station(self):
        code = self.cleaned_data["station"].strip()
        if not code:
            return None
        inside = Organisation.objects.below(self.user.organisation)
        station = inside.filter(code=code, kind=OrganisationKind.STATION).first()
        if station is None:
            raise ValidationError(gettext("There is no such station in your area."))
        return station

    @property
    def unit(self) -> Organisation:
        """Of which unit the paper is asked for."""
        data = self.cleaned_data
        if data.get("subject"):
            return self.paper.unit_of(data["subject"])
        return data.get("station") or data["organisation"]

    @property
    def campaign(self) -> Campaign | None:
        """The campaign of the subject; None where the paper has no subjects."""
        subject = self.cleaned_data.get("subject")
        return self.paper.campaign_of(subject) if subject else None

    @property
    def request(self) -> dict:
        """The arguments of `request_report` that the form knows."""
        data = self.cleaned_data
        written = {name: data[name] for name in self.paper.fields if data[name]}
        if "issued_on" in written:
            written["issued_on"] = written["issued_on"].isoformat()
        return {
            "organisation": self.unit,
            "language": data["language"],
            "subject": str(data["subject"].pk) if data.get("subject") else "",
            "details": written,
        }


class PeopleField(forms.ModelMultipleChoiceField):
    """People by their unit: of the name alone there are several."""

    def label_from_instance(self, user):
        return f"{user.unit_name} · {user.name}"


class SendForm(forms.Form):
    """To whom a paper goes. `address`: where it is sent, as it stands on the page of the paper."""

    users = PeopleField(
        User.objects.none(),
        label=_("People of the portal"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    addresses = forms.CharField(
        label=_("Other e-mail addresses"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Separated by commas, blanks or line breaks. They get the file attached."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, readers, address, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["users"].queryset = readers
        self.helper = helper_with(_("Send"))
        self.helper.form_action = address

    def clean_addresses(self):
        text = self.cleaned_data["addresses"]
        for sign in ",;，；、":
            text = text.replace(sign, " ")
        for address in text.split():
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(
                    gettext("%(address)s is not an e-mail address."), params={"address": address}
                ) from error
        return sorted(set(text.split()))

    def clean(self):
        chosen = self.cleaned_data.get("users") or self.cleaned_data.get("addresses")
        if not chosen and not self.errors:
            raise ValidationError(gettext("Choose somebody, or write an address."))
        return self.cleaned_data


class ScheduleForm(forms.ModelForm):
    class Meta:
        model = MailSchedule
        fields = ("rhythm", "day", "hour", "starts_on", "active")
        widgets = {"starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].min_value = 1
        self.fields["day"].help_text = _(
            "Week: 1 (Monday) to 7. Month: 1 to 28. Phase: how many days after its last day."
        )
        self.helper = helper_with(_("Save"))

    def clean(self):
        data = super().clean()
        most = 7 if data.get("rhythm") == "weekly" else 28
        if not 1 <= (data.get("day") or 0) <= most:
            self.add_error("day", gettext("A day from 1 to %(most)s.") % {"most": most})
        if not 0 <= (data.get("hour") if data.get("hour") is not None else -1) <= 23:
            self.add_error("hour", gettext("An hour from 0 to 23."))
        return data


class WordsForm(forms.ModelForm):
    class Meta:
        model = MailTemplate
        fields = ("subject", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 14})}

    def __init__(self, *args, occasion: Occasion, **kwargs):
        super().__init__(*args, **kwargs)
        self.occasion = occasion
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Save")))
        self.helper.add_input(Submit("preview", _("Preview"), css_class="btn-secondary"))

    def clean_subject(self):
        return self._known("subject")

    def clean_text(self):
        return self._known("text")

    def _known(self, field):
        text = self.cleaned_data[field]
        if unknown := unknown_in(self.occasion, text):
            raise ValidationError(
                gettext("Unknown words in braces: %(names)s.") % {"names": ", ".join(unknown)}
            )
        return text


class RulesForm(forms.ModelForm):
    class Meta:
        model = ReportRules
        fields = ("keep_days", "attachment_kilobytes", "link_days")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("keep_days", "link_days"):
            self.fields[name].min_value = 1
        self.helper = helper_with(_("Save"))


class VerifyForm(forms.Form):
    """A check code, a checksum, or the file itself."""

    code = forms.CharField(
        label=_("Check code"), max_length=40, required=False,
        help_text=_("Twelve signs, printed at the QR code."),
    )  # fmt: skip
    sha256 = forms.CharField(label=_("Checksum (SHA-256)"), max_length=80, required=False)
    file = forms.FileField(
        label=_("The file"),
        required=False,
        help_text=_("Only its checksum is worked out; the file is not kept."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = helper_with(_("Check"))
