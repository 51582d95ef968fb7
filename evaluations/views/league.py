"""What acceptance came to, by authority or county; and the workbook of an authority's round."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common.errors import Denied
from evaluations.acceptance_exports import acceptance_workbook
from evaluations.policies import check_can_read
from evaluations.services.league import league


def _readable(request):
    """League tables are for those who read rankings."""
    check_can_read(request.user)
    if not request.user.may(Permission.RANKING_READ):
        raise Denied(Permission.RANKING_READ.label)
    return Enrolment.objects.visible_to(request.user).filter(campaign=Campaign.objects.current())


@require_GET
def acceptance_league(request):
    """The league table of the units in scope."""
    rows = _readable(request)
    by_county = request.GET.get("by") == "county"
    context = {"rows": league(rows, by_county=by_county), "by_county": by_county}
    return render(request, "evaluations/acceptance/league.html", context)


@require_GET
def acceptance_export(request):
    """The round of an authority (one's own, or `authority`) as a workbook."""
    _readable(request)
    kinds = (OrganisationKind.PREFECTURE, OrganisationKind.PROVINCE)
    rows = Organisation.objects.visible_to(request.user).filter(kind__in=kinds)
    unit = get_object_or_404(
        rows, code=request.GET.get("authority") or request.user.organisation.code
    )
    audit.record(by=request.user, act="acceptance.exported", target=unit, now=request.now)
    return acceptance_workbook(Campaign.objects.current(), unit)
