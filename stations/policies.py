"""May this person, now?"""

from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may
from accounts.roles import Permission, Role
from common.errors import Denied


def check_can_edit_stations_of(user, bureau) -> None:
    """A bureau keeps the stations right below itself; the province's administrator all."""
    check_may(user, Permission.STATION_EDIT)
    if user.acting.role == Role.PROVINCE_ADMIN:
        return
    if user.organisation.pk != bureau.pk:
        raise Denied(
            _("The stations of %(bureau)s are kept by that bureau itself.")
            % {"bureau": bureau.name}
        )


def bureaus_of(user):
    """The bureaus for which the person may add stations: one's own, or the province's all."""
    if not user.may(Permission.STATION_EDIT):
        return Organisation.objects.none()
    if user.acting.role != Role.PROVINCE_ADMIN:
        own = user.organisation
        return Organisation.objects.filter(pk=own.pk if keeps_stations(own) else None)
    with_counties = Organisation.objects.filter(kind=OrganisationKind.COUNTY).values("supervisor")
    return (
        Organisation.objects.visible_to(user)
        .filter(active=True, kind__in=[OrganisationKind.COUNTY, OrganisationKind.PREFECTURE])
        .exclude(kind=OrganisationKind.PREFECTURE, pk__in=with_counties)
    )


def keeps_stations(unit) -> bool:
    """True for a unit that has, or can have, stations right below it."""
    if unit.kind == OrganisationKind.COUNTY:
        return True
    counties = unit.subordinates.filter(kind=OrganisationKind.COUNTY)
    return unit.kind == OrganisationKind.PREFECTURE and not counties.exists()
