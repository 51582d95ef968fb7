"""What was done (AuditEvent), and the proof that it stayed as it was (AuditSeal)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.acts import ACT_LABELS
from accounts.models.people import Organisation, OrganisationKind, User, scope_of
from accounts.roles import Permission, Role


class AuditEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The acts done in the auditor's area. What nobody signed in did (the portal's own jobs,
        failed sign-ins) belongs to the whole province."""
        area = scope_of(user, "organisation__path", (Permission.AUDIT_READ,))
        reads = user.is_authenticated and user.may(Permission.AUDIT_READ)
        if reads and user.organisation.kind == OrganisationKind.PROVINCE:
            return self
        return self.filter(area)


class AuditEvent(models.Model):
    """One act: who, when, in which role, on what, before and after, why.

    Rows are only added: the database refuses anything else (accounts/guards.py). A new column
    must join `accounts.seals.COLUMNS`.
    """

    at = models.DateTimeField()
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    address = models.GenericIPAddressField(null=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["target_type", "target_id"]),
            models.Index(fields=["act", "id"], name="audit_by_act"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.target}"

    @property
    def label(self):
        """What was done, in words."""
        return ACT_LABELS.get(self.act, self.act)

    @property
    def values_after(self) -> dict:
        """The values that the act left, without the digests of rows (accounts/vouching.py), which
        say nothing to people."""
        return {name: value for name, value in self.after.items() if name != "rows"}

    @property
    def changes(self):
        """(name, before, after) of each value that the event names."""
        after = self.values_after
        names = [*self.before, *(name for name in after if name not in self.before)]
        return [(name, self.before.get(name), after.get(name)) for name in names]

    def get_role_display(self):
        """The role in which it was done, in words."""
        return Role(self.role).label if self.role in Role.values else self.role


class AuditSeal(models.Model):
    """One link of the chain over the audit trail: the events from `first_event` to `last_event`.

    `leaves` has a line "id:SHA-256" for each event, so that a broken seal can name the event.
    `digest` binds all other columns and the seal before (accounts/seals.py). Rows are only added.
    """

    number = models.BigIntegerField(primary_key=True)
    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField(unique=True)
    event_count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    leaves = models.TextField()
    # Real time, and its local date: the head of a day is the day's last seal.
    sealed_at = models.DateTimeField()
    day = models.DateField()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["day", "number", "event_count"], name="audit_heads_by_day")]

    def __str__(self):
        return f"{self.number} {self.digest}"


class AuditArchive(models.Model):
    """Events that left the database for a file, whole seals only; their seals stay.

    Only events up to `last_event` of such a row may be deleted (accounts/guards.py); the file's
    `sha256` and the leaves of the seals prove what it holds. Rows are only added.
    """

    first_seal = models.BigIntegerField()
    last_seal = models.BigIntegerField(unique=True)
    last_event = models.BigIntegerField(unique=True)
    event_count = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    name = models.CharField(max_length=80, unique=True)
    sha256 = models.CharField(max_length=64)
    # Real time.
    archived_at = models.DateTimeField()

    class Meta:
        verbose_name = _("archive of the audit trail")
        ordering = ["-pk"]

    def __str__(self):
        return self.name
