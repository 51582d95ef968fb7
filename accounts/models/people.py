"""Who you are (User) and where you stand (Organisation, Membership)."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from common.bilingual import localised


class OrganisationKind(models.TextChoices):
    PROVINCE = "province", _("Province")
    PREFECTURE = "prefecture", _("Prefecture")
    COUNTY = "county", _("County bureau")
    STATION = "station", _("Station")


class OrganisationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The organisation of the acting membership and all below it along supervision."""
        return self.filter(scope_of(user))

    def below(self, organisation):
        """`organisation` and all below it along supervision."""
        return self.filter(path__startswith=organisation.path)

    def bureaus_below(self, organisation):
        """The bureaus that `organisation` supervises itself, without stations."""
        rows = self.filter(supervisor=organisation).exclude(kind=OrganisationKind.STATION)
        return rows.order_by("path")


class Organisation(models.Model):
    """A unit. `supervisor` is who supervises it, which is not always the division code's parent:
    the directly administered counties hang under the province."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=OrganisationKind.choices)
    name_zh = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    supervisor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subordinates",
        verbose_name=_("supervisor"),
    )
    # Codes from the province down to this unit, each followed by "/": the scope is a prefix.
    path = models.CharField(max_length=100, unique=True, db_index=True)
    active = models.BooleanField(_("active"), default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="province", supervisor=None)
                | ~Q(kind="province") & Q(supervisor__isnull=False),
                name="organisation_supervised_below_province",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return localised(self, "name")

    @property
    def is_directly_administered(self) -> bool:
        """A county bureau that the province supervises itself (省直管县)."""
        return self.kind == OrganisationKind.COUNTY and self.path.count("/") == 2

    def covers(self, other: "Organisation") -> bool:
        """True when `other` is this unit or stands below it along supervision."""
        return other.path.startswith(self.path)


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Everybody, for who keeps the accounts; demonstration accounts exist in demonstration
        mode only."""
        if not user.is_authenticated or not user.may(Permission.ACCOUNT_MANAGE):
            return self.none()
        return self if settings.DEMONSTRATION else self.filter(is_demonstration=False)

    def search(self, text: str):
        """People whose sign-in name, name or e-mail address holds `text`."""
        return self.filter(
            Q(username__icontains=text) | Q(name__icontains=text) | Q(email__icontains=text)
        )


class PersonManager(UserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False


class User(AbstractUser):
    """A person. Rights come from the acting membership alone (`acting`), never from staff flags."""

    first_name = last_name = None
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_demonstration = models.BooleanField(default=False)
    # The password was given by somebody else: nothing but changing it is possible.
    must_change_password = models.BooleanField(default=False)
    # Real time: an age in days means days that went by.
    password_set_at = models.DateTimeField(null=True)
    # A confirmed second factor exists: no page opens before it was shown.
    second_factor = models.BooleanField(default=False)
    # Part of every session's seal: counting it up ends all sessions of the person at once.
    session_round = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    objects = PersonManager()

    class Meta:
        verbose_name = _("user")

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    def check_password(self, raw_password):
        """True for the right password. A hash made by an older recipe stays as it is until the
        password is changed: nothing but an act writes to an account."""
        return check_password(raw_password, self.password)

    get_short_name = get_full_name

    @cached_property
    def acting(self) -> "Membership | None":
        """The membership in which the person acts: chosen in the session (the middleware sets it),
        else the first active one."""
        return (
            self.memberships.select_related("organisation")
            .filter(active=True)
            .order_by("pk")
            .first()
        )

    @property
    def other_memberships(self):
        """The memberships to which the person could switch."""
        rows = self.memberships.select_related("organisation").filter(active=True)
        return rows.exclude(pk=self.acting.pk) if self.acting else rows

    def get_session_auth_hash(self):
        return self._session_seal(None)

    def get_session_auth_fallback_hash(self):
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_seal(secret)

    def _session_seal(self, secret):
        value = f"{self.session_round}:{self.password}"
        return salted_hmac(
            "accounts.User.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    def may(self, permission) -> bool:
        """True when the acting role carries `permission`."""
        return bool(self.acting) and permission in ROLE_PERMISSIONS[self.acting.role]

    @property
    def organisation(self):
        return self.acting.organisation if self.acting else None


class Membership(models.Model):
    """A person's role in an organisation; one person may hold several."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], name="one_membership_per_role"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self):
        return f"{self.organisation} · {self.get_role_display()}"


def scope_of(user, path="path", permissions=(Permission.READ,)) -> Q:
    """The condition "inside the scope of `user`" on a lookup that ends at an organisation's path.

    `visible_to` of every queryset is built from it. A person whose acting role carries none of
    `permissions` sees no row.
    """
    if not user.is_authenticated or not any(user.may(permission) for permission in permissions):
        return Q(pk__in=[])
    return Q(**{f"{path}__startswith": user.organisation.path})
