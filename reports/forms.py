"""The request for a summary."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind


def units_for(organisation: Organisation):
    """Of which units a summary is offered: the own one and the bureaus right below it."""
    below = organisation.subordinates.exclude(kind=OrganisationKind.STATION).filter(active=True)
    own = Organisation.objects.filter(pk=organisation.pk)
    return (own | Organisation.objects.filter(pk__in=below)).order_by("path")


class SummaryForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Unit"), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language of the report"), choices=settings.LANGUAGES)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units_for(user.organisation)
        self.fields["language"].initial = get_language()
        self.helper = FormHelper()
        self.helper.add_input(Submit("request", _("Request the summary")))
