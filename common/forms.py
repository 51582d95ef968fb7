"""What forms of several apps share."""

from django.utils.translation import gettext as _


class WithFiles:
    """For forms that take files: a browser forgets them when the form is shown again, so the form
    says that they have to be chosen again."""

    def full_clean(self):
        super().full_clean()
        if self.files and self.errors:
            self.add_error(
                None, _("Files chosen in this form were not stored; please choose them again.")
            )
