"""Evidence: files that back a statement, kept outside the web root under random names."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import OrganisationKind, scope_of
from campaign.models import Enrolment


def random_name(evidence, filename) -> str:
    """A name that nobody can guess; the original one is kept in `name`."""
    return f"evidence/{secrets.token_hex(16)}"


def of_province(user) -> bool:
    """True when the person acts for the province: for what is the province's alone."""
    unit = user.organisation if user.is_authenticated else None
    return unit is not None and unit.kind == OrganisationKind.PROVINCE


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Files in scope; what is withheld is the province's alone."""
        rows = self.filter(scope_of(user, "enrolment__station__organisation__path"))
        return rows if of_province(user) else rows.filter(withheld=False)


class Evidence(models.Model):
    """A file of an enrolment, with the SHA-256 of its content at upload."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="evidence")
    file = models.FileField(_("file"), upload_to=random_name)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    # Of a secret visit or a spot check under way: not for those in whose area it was.
    withheld = models.BooleanField(default=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")

    def __str__(self):
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    def is_used(self) -> bool:
        """True while a row of any kind refers to it."""
        return any(
            relation.related_model._base_manager.filter(**{relation.field.name: self}).exists()
            for relation in self._meta.get_fields(include_hidden=True)
            if relation.one_to_many
        )
