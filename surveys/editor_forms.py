"""The forms of the questionnaire editor."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from evaluations.forms.fields import plain_helper
from surveys.models import Question, QuestionType, RespondentGroup, Scale, ScaleOption


class _PartForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


class QuestionForm(_PartForm):
    class Meta:
        model = Question
        fields = (
            "number",
            "area_number",
            "area_zh",
            "area_en",
            "type",
            "text_zh",
            "text_en",
            "weight",
            "scale",
            "required",
        )
        widgets = {
            "text_zh": forms.Textarea(attrs={"rows": 2}),
            "text_en": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["scale"].queryset = Scale.objects.filter(
            questionnaire=self.instance.questionnaire
        )
        self.fields["scale"].required = False

    def clean(self):
        data = super().clean()
        kind, scale, weight = data.get("type"), data.get("scale"), data.get("weight")
        if kind == QuestionType.TEXT:
            data["scale"] = None
        elif kind and scale is None:
            self.add_error("scale", _("A question to tick needs a scale."))
        if weight and kind != QuestionType.SINGLE:
            self.add_error("weight", _("Only a single choice on a scale can have a weight."))
        if weight is not None and weight < 0:
            self.add_error("weight", _("The weight is a number, zero or more."))
        return data


class GroupForm(_PartForm):
    class Meta:
        model = RespondentGroup
        fields = ("code", "position", "name_zh", "name_en", "hint_zh", "quota")


class ScaleForm(_PartForm):
    class Meta:
        model = Scale
        fields = ("code",)


class OptionForm(forms.ModelForm):
    class Meta:
        model = ScaleOption
        fields = ("number", "text_zh", "text_en", "counts", "satisfied")

    def clean_number(self):
        number = self.cleaned_data["number"]
        if not 1 <= number <= 9:
            raise ValidationError(_("An option has a number from 1 to 9."))
        return number


OptionFormSet = forms.inlineformset_factory(
    Scale, ScaleOption, form=OptionForm, extra=2, max_num=9, can_delete=True
)
