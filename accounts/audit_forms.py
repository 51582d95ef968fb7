"""The filter of the audit trail."""

from django import forms
from django.apps import apps
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.acts import ACT_LABELS
from accounts.models import Organisation
from common import clock

# Apps of Django's own, and what no act is ever done on (a ballot leaves no event).
_NO_OBJECTS = ("auth", "contenttypes", "sessions")
_NEVER_NAMED = ("surveys.ballot", "surveys.receipt", "surveys.invitation", "surveys.papersheet")


def _acts():
    return [("", _("all")), *sorted(ACT_LABELS.items())]


def _types():
    """Every kind of object that has a name for people."""
    metas = [model._meta for model in apps.get_models()]
    named = [
        (meta.label_lower, meta.verbose_name)
        for meta in metas
        if isinstance(meta.verbose_name, Promise)
        and meta.app_label not in _NO_OBJECTS
        and meta.label_lower not in _NEVER_NAMED
    ]
    return [("", _("all")), *named]


def _text():
    return forms.TextInput(attrs={"class": "form-control"})


def _select():
    return forms.Select(attrs={"class": "form-select"})


def _day():
    return forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d")


class TrailForm(forms.Form):
    """Who, which act, where, on what, when; `who` is a person's id (a person's story)."""

    person = forms.CharField(label=_("Person"), required=False, max_length=60, widget=_text())
    act = forms.ChoiceField(label=_("Act"), required=False, choices=_acts, widget=_select())
    organisation = forms.CharField(
        label=_("Unit, with those below (code or name)"),
        required=False,
        max_length=120,
        widget=_text(),
    )
    type = forms.ChoiceField(
        label=_("Kind of object"), required=False, choices=_types, widget=_select()
    )
    id = forms.CharField(
        label=_("Number of the object"), required=False, max_length=40, widget=_text()
    )
    since = forms.DateField(label=_("From day"), required=False, widget=_day())
    until = forms.DateField(label=_("To day"), required=False, widget=_day())
    who = forms.IntegerField(required=False, min_value=1, max_value=2**31, widget=forms.HiddenInput)

    def clean_organisation(self):
        text = self.cleaned_data["organisation"]
        if not text:
            return None
        named = Q(code=text) | Q(name_zh=text) | Q(name_en__iexact=text)
        unit = Organisation.objects.filter(named).order_by("path").first()
        if unit is None:
            raise forms.ValidationError(_("No unit has this code or this whole name."))
        return unit

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        return self.cleaned_data

    def found(self, events):
        """Those of `events` that the (valid) filter asks for."""
        asked = self.cleaned_data
        if asked["person"]:
            named = Q(user__username__iexact=asked["person"])
            events = events.filter(named | Q(user__name__icontains=asked["person"]))
        if asked["who"] is not None:
            on = Q(target_type="accounts.user", target_id=str(asked["who"]))
            events = events.filter(Q(user_id=asked["who"]) | on)
        if asked["organisation"]:
            # By the path, not by a list of units: the database then walks the trail from its end
            # and stops after a page.
            events = events.filter(organisation__path__startswith=asked["organisation"].path)
        if asked["since"]:
            events = events.filter(at__gte=clock.start_of(asked["since"]))
        if asked["until"]:
            events = events.filter(at__lt=clock.end_of(asked["until"]))
        columns = {"act": "act", "type": "target_type", "id": "target_id"}
        wanted = {column: asked[name] for name, column in columns.items() if asked[name]}
        return events.filter(**wanted)

    def as_values(self) -> dict[str, str]:
        """What was asked for, as text: for the event that an export leaves."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}
