"""The forms of an account."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, SecurityRules, User
from accounts.roles import Role
from accounts.services.people import RoleNotPossible, check_role_is_possible
from common.models import UploadLimits
from common.throttle import SCOPES


class UnitField(forms.CharField):
    """A unit, by its code or its whole name: thousands of stations make a list useless."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("unit"))
        kwargs.setdefault(
            "help_text",
            _("Code or whole name, for example 410122 or 410122-1 for its first station."),
        )
        super().__init__(max_length=80, **kwargs)
        self.within = None

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        rows = Organisation.objects.below(self.within).filter(active=True)
        found = list(rows.filter(Q(code=text) | Q(name_zh=text) | Q(name_en=text))[:6])
        if not found:
            raise ValidationError(gettext("There is no unit of this code or name."))
        if len(found) > 1:
            codes = ", ".join(f"{row.code} ({row.supervisor})" for row in found)
            raise ValidationError(
                gettext("Several units bear this name; write the code: %(codes)s.")
                % {"codes": codes}
            )
        return found[0]


class MembershipForm(forms.Form):
    """A role in a unit. `person` is None for a new account; `by` keeps the accounts."""

    organisation = UnitField()
    role = forms.ChoiceField(label=_("role"), choices=Role.choices)

    def __init__(self, *args, person=None, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["organisation"].within = by.organisation

    def clean(self):
        values = super().clean()
        if values.get("organisation") and values.get("role"):
            try:
                check_role_is_possible(self.person, values["organisation"], values["role"])
            except RoleNotPossible as refusal:
                self.add_error("role", refusal.reason)
        return values


class PersonForm(forms.ModelForm):
    """What an account says of its person."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = User
        fields = ["name", "email", "phone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Field("name"),
            Row(Column("email", css_class="col-md-7"), Column("phone", css_class="col-md-5")),
            Field("version"),
        )
        self.helper.add_input(Submit("save", _("Save")))


class NewPersonForm(MembershipForm, forms.ModelForm):
    """A new account with its first role."""

    field_order = ["username", "name", "email", "phone", "organisation", "role"]

    class Meta:
        model = User
        fields = ["username", "name", "email", "phone"]
        labels = {"username": _("sign-in name")}
        help_texts = {"username": _("Letters, digits and @ . + - _ only.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Row(Column("username", css_class="col-md-5"), Column("name", css_class="col-md-7")),
            Row(Column("email", css_class="col-md-7"), Column("phone", css_class="col-md-5")),
            Row(Column("organisation", css_class="col-md-7"), Column("role", css_class="col-md-5")),
        )
        self.helper.add_input(Submit("save", _("Create the account")))


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label=_("Sign-in code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class MoveForm(forms.Form):
    """To which unit a role goes, and why."""

    organisation = UnitField()
    reason = forms.CharField(label=_("reason"), max_length=200)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].within = by.organisation


class RulesForm(forms.ModelForm):
    """The security rules."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    second_factor_roles = forms.MultipleChoiceField(
        label=_("roles that need a second factor"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever holds one sets it up at the next sign-in."),
    )

    RANGES = {
        "password_length": (8, 64),
        "password_classes": (1, 4),
        "password_history": (0, 24),
        "password_days": (0, 3650),
        "lock_after": (1, 100),
        "lock_minutes": (1, 1440),
        "idle_minutes": (1, 1440),
        "retention_months": (6, 600),
    }

    class Meta:
        model = SecurityRules
        fields = [
            "password_length",
            "password_classes",
            "password_history",
            "password_days",
            "lock_after",
            "lock_minutes",
            "idle_minutes",
            "one_session",
            "second_factor_roles",
            "retention_months",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (least, most) in self.RANGES.items():
            field = self.fields[name]
            field.min_value, field.max_value = least, most
            field.validators += [MinValueValidator(least), MaxValueValidator(most)]
            field.widget.attrs |= {"min": least, "max": most}


class LimitsForm(forms.Form):
    """Two numbers for each rate limit that the code knows, and the limits of uploads."""

    megabytes = forms.IntegerField(label=_("megabytes of one file"), min_value=1, max_value=100)
    files = forms.IntegerField(label=_("files of one object"), min_value=1, max_value=1000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        present = UploadLimits.in_force()
        self.initial = {"megabytes": present.megabytes, "files": present.files}
        for name, scope in sorted(SCOPES.items()):
            limit, seconds = scope.in_force()
            self.initial |= {f"{name}.limit": limit, f"{name}.seconds": seconds}
            self.fields[f"{name}.limit"] = forms.IntegerField(
                label=scope.label, min_value=1, max_value=1_000_000
            )
            self.fields[f"{name}.seconds"] = forms.IntegerField(
                label=_("seconds"), min_value=1, max_value=86_400
            )

    def rows(self):
        """(limit field, seconds field) of each scope."""
        return [(self[f"{name}.limit"], self[f"{name}.seconds"]) for name in sorted(SCOPES)]

    def rates(self):
        data = self.cleaned_data
        return {name: (data[f"{name}.limit"], data[f"{name}.seconds"]) for name in SCOPES}

    def uploads(self):
        return {name: self.cleaned_data[name] for name in ("megabytes", "files")}
