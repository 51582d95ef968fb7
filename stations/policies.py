"""May this person, now?"""

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
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


def keeps_stations(unit) -> bool:
    """True for a unit that has, or can have, stations right below it."""
    if unit.kind == OrganisationKind.COUNTY:
        return True
    counties = unit.subordinates.filter(kind=OrganisationKind.COUNTY)
    return unit.kind == OrganisationKind.PREFECTURE and not counties.exists()
