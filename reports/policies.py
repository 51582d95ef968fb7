"""May this person? Each check raises a refusal with its reason."""

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.policies import check_may
from accounts.roles import Permission
from common.errors import Denied, WrongMoment
from reports.models import Report, ReportState
from reports.papers import Paper, paper_of


def check_can_read(user) -> None:
    """Papers are read by those who read business data; which ones, `visible_to` says."""
    check_may(user, Permission.READ)


def check_can_request(user, paper: Paper, organisation: Organisation) -> None:
    """Whoever has the paper's right asks for it, of the own unit and of those below it.

    Raises `Http404` outside the scope.
    """
    check_may(user, paper.right)
    if not user.organisation.covers(organisation):
        raise Http404
    if organisation.kind not in paper.units:
        raise Denied(_("This paper is not made of a unit of this kind."))


def check_can_steer(user, report: Report) -> None:
    """Trying again, cancelling and mailing take the right to ask for the paper."""
    check_can_request(user, paper_of(report), report.organisation)


def check_can_download(user, report: Report) -> None:
    """A report that is ready is downloaded by whoever may read it."""
    check_can_read(user)
    if report.state == ReportState.EXPIRED:
        raise WrongMoment(_("The file of this report is no longer kept."))
    if report.state != ReportState.DONE:
        raise WrongMoment(_("The report is not ready yet. Its page shows how far it is."))


def check_can_keep_rules(user) -> None:
    """Schedules, templates and rules of papers are the provincial office's."""
    check_may(user, Permission.CAMPAIGN_EDIT)
