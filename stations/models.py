"""The registry: regions (GB/T 2260) and stations."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, scope_of
from accounts.roles import Permission
from common.bilingual import is_chinese, localised


class RegionLevel(models.TextChoices):
    PROVINCE = "province", _("Province")
    PREFECTURE = "prefecture", _("Prefecture")
    COUNTY = "county", _("County")
    TOWN = "town", _("Town")
    TOWNSHIP = "township", _("Township")
    STREET = "street", _("Street")


class Region(models.Model):
    """An administrative division. `parent` follows the code; supervision is the organisation's."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=RegionLevel.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")

    class Meta:
        verbose_name = _("region")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=RegionLevel.values), name="region_level_known"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return localised(self, "name")


class StationKind(models.TextChoices):
    BRIGADE = "brigade", _("Enforcement brigade")
    TOWNSHIP = "township", _("Township station")


class StationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Stations inside the person's scope, for those who read or assess."""
        permissions = (Permission.READ, Permission.DAILY_ASSESS)
        return self.filter(scope_of(user, "organisation__path", permissions))

    def at_work(self):
        """Stations that are neither closed nor merged into another."""
        return self.filter(organisation__active=True)

    def forebears_of(self, stations) -> dict[int, set[int]]:
        """Of each closed or merged station whose work one of `stations` (ids) carries on, at once
        or through others: id → the ids of all that came after it."""
        heirs: dict[int, set[int]] = {}
        level = set(stations)
        while level:
            rows = self.filter(successor__in=level).values_list("pk", "successor_id")
            found = {
                former: {heir} | heirs.get(heir, set())
                for former, heir in rows
                if former not in heirs
            }
            heirs |= found
            level = found.keys()
        return heirs

    def with_units(self):
        """With the station's organisation and its supervisor, in one query."""
        return self.select_related("organisation__supervisor", "region")

    def search(self, text):
        """Stations whose name, code or head contains `text`."""
        if not text:
            return self
        return self.filter(
            Q(organisation__name_zh__icontains=text)
            | Q(organisation__name_en__icontains=text)
            | Q(organisation__code__icontains=text)
            | Q(head__icontains=text)
        )


class Station(models.Model):
    """A grassroots station (基层站所): the county's brigade or a township station.

    Its name, code and supervisor are its organisation's. The code is the county's code and a
    serial number: 410122-1.
    """

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="station")
    kind = models.CharField(_("kind"), max_length=10, choices=StationKind.choices)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="stations", verbose_name=_("region")
    )
    head = models.CharField(_("head"), max_length=40, blank=True)
    phone = models.CharField(_("supervision phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=120, blank=True)
    staff_count = models.PositiveSmallIntegerField(_("staff"), null=True, blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Who carries on its work after a merger or a closing.
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )
    # Compare-and-set guard: a form that was opened before somebody else saved is told so.
    version = models.PositiveIntegerField(default=1)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        ordering = ["organisation__path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StationKind.values), name="station_kind_known"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return self.organisation.name

    @property
    def code(self):
        return self.organisation.code


class StationChangeKind(models.TextChoices):
    RENAMED = "renamed", _("renamed")
    MERGED = "merged", _("merged into another station")
    CLOSED = "closed", _("closed")


class StationChange(models.Model):
    """A turn in a station's life, with its day: what it was called, and who carried on."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="changes")
    kind = models.CharField(_("kind"), max_length=8, choices=StationChangeKind.choices)
    on = models.DateField(_("day"))
    name_zh_before = models.CharField(max_length=80)
    name_en_before = models.CharField(max_length=120, blank=True)
    successor = models.ForeignKey(Station, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("change of a station")
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StationChangeKind.values), name="station_change_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="merged", successor__isnull=False)
                | Q(kind="renamed", successor=None)
                | Q(kind="closed"),
                name="merged_station_has_successor",
            ),
        ]

    def __str__(self):
        return f"{self.on} {self.get_kind_display()}"

    @property
    def name_before(self):
        zh, en = self.name_zh_before, self.name_en_before
        return (zh or en) if is_chinese() else (en or zh)
