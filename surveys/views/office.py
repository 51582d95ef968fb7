"""The office's pages: how many answered, and once the questionnaire is closed, what."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.models import Organisation
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common.errors import WrongMoment, allowed
from common.paging import page_of
from surveys import exports
from surveys.disclosure import SMALLEST_CELL, in_steps
from surveys.models import Questionnaire
from surveys.policies import (
    check_can_issue,
    check_can_read_answers,
    check_can_read_flags,
    check_can_read_leads,
    check_can_read_response,
    check_can_work_above,
    survey_is_over,
    survey_phases,
)
from surveys.results import ballots_by_path, results
from surveys.services.integrity import integrity_rate


@require_safe
def overview(request):
    """The questionnaire below a unit: response by group against the quota, and the stations."""
    check_can_read_response(request.user)
    campaign, unit = Campaign.objects.current(), _unit(request)
    context = {"unit": unit, "campaign": campaign, "is_station": unit.kind == "station"}
    if campaign:
        questionnaire = Questionnaire.objects.in_force(campaign)
        stations = (
            Enrolment.objects.filter(
                campaign=campaign, station__organisation__path__startswith=unit.path
            )
            .with_station()
            .order_by("station__organisation__path")
        )
        page = page_of(request, stations)
        groups = list(questionnaire.groups.all()) if questionnaire else []
        numbers = ballots_by_path(campaign)
        if not survey_is_over(campaign, request.now):
            numbers = {place: in_steps(number) for place, number in numbers.items()}
        for enrolment in page.object_list:
            path = enrolment.organisation.path
            enrolment.response = [(numbers.get((path, g.code), 0), g.quota) for g in groups]
        context |= {
            "page": page,
            "groups": groups,
            "questionnaire": questionnaire,
            "rate": integrity_rate(campaign, request.now, stations.order_by()),
            **_rooms(request.user),
            **_shown(request, campaign, questionnaire, unit.path),
        }
    return render(request, "surveys/overview.html", context)


@require_safe
def response(request, pk):
    """The response of one station."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    check_can_read_response(request.user)
    campaign = enrolment.campaign
    questionnaire = Questionnaire.objects.in_force(campaign)
    context = {
        "enrolment": enrolment,
        "campaign": campaign,
        "rate": integrity_rate(campaign, request.now, [enrolment.pk]),
        "can_issue": allowed(check_can_issue, request.user, enrolment, request.now),
        "can_read_leads": allowed(check_can_read_leads, request.user, enrolment, request.now),
        **_shown(request, campaign, questionnaire, enrolment.organisation.path),
    }
    return render(request, "surveys/response.html", context)


@require_safe
def results_export(request):
    """The results of a unit and of each station below it, with the same figures held back."""
    check_can_read_response(request.user)
    campaign, unit = Campaign.objects.current(), _unit(request)
    check_can_read_answers(request.user, campaign, request.now)
    audit.record(by=request.user, act="survey.exported", target=unit, now=request.now)
    return exports.results_workbook(campaign, unit)


def _unit(request) -> Organisation:
    """The unit that the page is about: `?unit=` within the scope, else one's own."""
    code = request.GET.get("unit", "")
    if not code:
        return request.user.organisation
    return get_object_or_404(Organisation.objects.visible_to(request.user), code=code)


def _rooms(user) -> dict:
    return {
        "can_work": allowed(check_can_work_above, user),
        "can_read_flags": allowed(check_can_read_flags, user),
        "can_edit": user.may(Permission.CAMPAIGN_EDIT),
    }


def _shown(request, campaign, questionnaire, path) -> dict:
    hidden = ""
    try:
        check_can_read_answers(request.user, campaign, request.now)
    except WrongMoment as refusal:
        hidden = refusal.reason
    return {
        "results": results(campaign, path, questionnaire, with_answers=not hidden),
        "hidden_because": hidden,
        "phases": survey_phases(campaign),
        "smallest": SMALLEST_CELL,
    }
