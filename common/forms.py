"""What forms of several apps share."""

from django import forms
from django.utils.translation import gettext as _

from common.models import UploadLimits


class UploadField(forms.FileField):
    """A field of files: `%(limit)s` in its help text becomes the megabytes that the limits in force
    allow, when the form is shown."""

    def get_bound_field(self, form, field_name):
        if "%(limit)s" in str(self.help_text):
            # The field is the form's own copy.
            self.help_text %= {"limit": UploadLimits.in_force().megabytes}
        return super().get_bound_field(form, field_name)


class WithFiles:
    """For forms that take files: a browser forgets them when the form is shown again, so the form
    says that they have to be chosen again."""

    def full_clean(self):
        super().full_clean()
        if self.files and self.errors:
            self.add_error(
                None, _("Files chosen in this form were not stored; please choose them again.")
            )
