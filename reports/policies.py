"""May this person? Each check raises a refusal with its reason."""

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may
from accounts.roles import Permission
from common.errors import Denied, WrongMoment
from reports.models import Report, ReportState


def check_can_read(user) -> None:
    """Reports show scores: they are read by those who read rankings."""
    check_may(user, Permission.RANKING_READ)


def check_can_request(user, organisation: Organisation) -> None:
    """Whoever makes reports makes them of the own unit and of bureaus below it.

    Raises `Http404` outside the scope.
    """
    check_may(user, Permission.REPORT_MAKE)
    if not user.organisation.covers(organisation):
        raise Http404
    if organisation.kind == OrganisationKind.STATION:
        raise Denied(_("There are summaries of the province and of bureaus, not of a station."))


def check_can_download(user, report: Report) -> None:
    """A report that is ready is downloaded by whoever may read it."""
    check_can_read(user)
    if report.state != ReportState.DONE:
        raise WrongMoment(_("The report is not ready yet. Its page shows how far it is."))
