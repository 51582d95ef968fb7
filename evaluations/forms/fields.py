"""Fields that several forms share."""

import secrets

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import UploadField
from common.uploads import check_count, examine

ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx"


def new_key() -> str:
    """A token for a new form: the same form sent twice makes one row."""
    return secrets.token_hex(8)


def plain_helper() -> FormHelper:
    """crispy without its own form tag: the template holds the form and its buttons."""
    helper = FormHelper()
    helper.form_tag = False
    return helper


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class EvidenceInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__(
            {"multiple": True, "accept": ACCEPTED, "class": "form-control", **(attrs or {})}
        )

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class EvidenceField(UploadField):
    """Files of evidence, checked by content; cleans to a tuple of `CheckedFile`.

    `holder`: the row whose `evidence` they join, None for a new one; it takes no more than the
    limits of uploads allow, or `most`."""

    widget = EvidenceInput

    def __init__(self, *, holder=None, most=None, **kwargs):
        self.holder, self.most = holder, most
        super().__init__(
            **{
                "required": False,
                "label": _("evidence"),
                "help_text": _(
                    "JPG, PNG, WebP, PDF, Word (docx) or Excel (xlsx), %(limit)s MB each."
                ),
                **kwargs,
            }
        )

    def clean(self, data, initial=None):
        uploads = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not uploads:
            raise ValidationError(self.error_messages["required"], code="required")
        if uploads:
            present = self.holder.evidence.count() if self.holder else 0
            check_count(present, len(uploads), self.most)
        checked, errors = [], []
        for upload in uploads:
            try:
                checked.append(examine(upload))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return tuple(checked)


class KeyField(forms.CharField):
    """The hidden token of a form that makes a row."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs):
        super().__init__(max_length=40, initial=new_key, **kwargs)


class ReasonForm(forms.Form):
    """One field: why."""

    reason = forms.CharField(
        label=_("reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()


def as_bootstrap(form) -> None:
    """The classes of Bootstrap, for filters that the template lays out itself."""
    for field in form.fields.values():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            widget.attrs["class"] = "form-check-input"
        elif isinstance(widget, forms.Select):
            widget.attrs["class"] = "form-select form-select-sm"
        else:
            widget.attrs["class"] = "form-control form-control-sm"
