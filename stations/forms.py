"""The form of a station."""

import unicodedata

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import clock
from stations.models import Region, RegionLevel, Station
from stations.plausibility import PHONE
from stations.services import NameTaken, check_name_is_free


class StationForm(forms.ModelForm):
    """Fields of the station and of its unit. `bureau` is the unit right above."""

    name_zh = forms.CharField(label=_("name in Chinese"), max_length=80)
    name_en = forms.CharField(label=_("name in English"), max_length=120, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Station
        fields = ["kind", "region", "head", "phone", "address", "staff_count", "founded_on"]
        widgets = {"founded_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, bureau, now, **kwargs):
        self.bureau, self.now = bureau, now
        super().__init__(*args, **kwargs)
        own = Region.objects.filter(code=bureau.code)
        places = Region.objects.filter(parent__code=bureau.code).exclude(level=RegionLevel.COUNTY)
        self.fields["region"].queryset = own | places
        self.fields["head"].required = self.fields["phone"].required = True
        self.fields["phone"].help_text = _("For example 0371-62160000, 13800000000 or 12350.")
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Row(Column("name_zh", css_class="col-md-7"), Column("kind", css_class="col-md-5")),
            Row(Column("name_en", css_class="col-md-7"), Column("region", css_class="col-md-5")),
            Row(Column("head", css_class="col-md-4"), Column("phone", css_class="col-md-8")),
            Field("address"),
            Row(
                Column("staff_count", css_class="col-md-4"),
                Column("founded_on", css_class="col-md-8"),
            ),
            Field("version"),
        )
        self.helper.add_input(Submit("save", _("Save")))

    def clean_name_zh(self):
        name = self.cleaned_data["name_zh"].strip()
        station = self.instance if self.instance.pk else None
        try:
            check_name_is_free(self.bureau, name, station)
        except NameTaken as refusal:
            raise ValidationError(refusal.reason) from refusal
        return name

    def clean_phone(self):
        # A Chinese keyboard writes full-width digits and dashes; they mean the same number.
        phone = unicodedata.normalize("NFKC", self.cleaned_data["phone"]).strip()
        if not PHONE.fullmatch(phone):
            raise ValidationError(
                _("Not a phone number: write area code-number, a mobile or a short number.")
            )
        return phone

    def clean_founded_on(self):
        founded_on = self.cleaned_data["founded_on"]
        if founded_on and founded_on > clock.today(self.now):
            raise ValidationError(_("The day lies in the future."))
        return founded_on
