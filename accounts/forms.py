"""The forms of an account."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.services.people import RoleNotPossible, check_role_is_possible


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
            raise ValidationError(_now("There is no unit of this code or name."))
        if len(found) > 1:
            codes = ", ".join(f"{row.code} ({row.supervisor})" for row in found)
            raise ValidationError(
                _now("Several units bear this name; write the code: %(codes)s.") % {"codes": codes}
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
