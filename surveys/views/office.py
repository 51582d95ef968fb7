"""The office's page: how many answered, and what, never below five ballots."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaign.models import Enrolment
from common.errors import WrongMoment, allowed
from surveys import tallies
from surveys.policies import (
    check_can_read_answers,
    check_can_read_leads,
    check_can_read_response,
    survey_phases,
)


@require_safe
def response(request, pk):
    """The response of one station."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    check_can_read_response(request.user, enrolment)
    hidden = ""
    try:
        check_can_read_answers(request.user, enrolment, request.now)
    except WrongMoment as refusal:
        hidden = refusal.reason
    context = {
        "enrolment": enrolment,
        "response": tallies.response(enrolment),
        "hidden_because": hidden,
        "can_read_leads": allowed(check_can_read_leads, request.user, enrolment, request.now),
        "phases": survey_phases(enrolment.campaign),
        "smallest": tallies.SMALLEST_CELL,
    }
    return render(request, "surveys/response.html", context)
