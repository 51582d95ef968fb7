"""How signing in is guarded: the rules, former passwords, the sign-ins that are open."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


def _number(label, default, help_text=""):
    return models.PositiveSmallIntegerField(label, default=default, help_text=help_text)


class SecurityRules(models.Model):
    """The numbers of sign-in and trail: one row, its defaults what level 3 of the multi-level
    protection scheme (GB/T 22239-2019) usually asks of an application."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    password_length = _number(_("least length of a password"), 8)
    password_classes = _number(
        _("kinds of characters at least"), 3, _("of capital letters, small letters, digits, signs")
    )
    password_history = _number(_("former passwords that cannot be used again"), 5)
    password_days = _number(
        _("days until a password must be changed"), 90, _("0: it never has to be changed")
    )
    lock_after = _number(_("failed sign-ins until the account is locked from there"), 5)
    lock_minutes = _number(_("minutes for which it is locked"), 30)
    idle_minutes = _number(_("minutes without activity until one is signed out"), 30)
    one_session = models.BooleanField(
        _("one sign-in at a time: a new one ends the others"), default=False
    )
    second_factor_roles = models.JSONField(
        _("roles that need a second factor"), default=list, blank=True
    )
    retention_months = _number(
        _("months that the audit trail stays in the database"),
        12,
        _("at least 6 (Cybersecurity Law); older events move into an archive file"),
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("security rules")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_security_rules"),
            models.CheckConstraint(
                condition=Q(password_length__range=(8, 64), password_classes__range=(1, 4)),
                name="password_rules_possible",
            ),
            models.CheckConstraint(
                condition=Q(lock_after__gte=1, lock_minutes__gte=1, idle_minutes__gte=1),
                name="sign_in_rules_possible",
            ),
            models.CheckConstraint(
                condition=Q(retention_months__gte=6), name="trail_kept_six_months"
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def in_force(cls) -> "SecurityRules":
        """The row, or the defaults while there is none."""
        return cls.objects.first() or cls()


class PasswordRecord(models.Model):
    """A password that somebody used, as its hash, so that it is not used again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)

    def __str__(self):
        return f"{self.user} {self.pk}"


class SignIn(models.Model):
    """An open sign-in of a person: what stands behind one browser session. Real times."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField(_("signed in"))
    seen_at = models.DateTimeField(_("last seen"))
    address = models.GenericIPAddressField(_("from address"), null=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self):
        return f"{self.user} {self.began_at:%Y-%m-%d %H:%M}"
