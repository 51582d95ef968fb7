"""Fetching in scope: outside it, 404; inside without the right to read, 403."""

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.shortcuts import get_object_or_404

from campaign.models import Enrolment
from evaluations.policies import check_can_read


def enrolment_of(request, pk) -> Enrolment:
    """The enrolment that a page is about."""
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user).with_station(), pk=pk)
    check_can_read(request.user)
    return enrolment


def row_of(request, rows, pk):
    """A row that hangs on an enrolment, with all that policies ask of the latter. Its `visible_to`
    holds nothing for those who may not read."""
    return get_object_or_404(
        rows.visible_to(request.user).select_related(
            "enrolment__campaign", "enrolment__station__organisation__supervisor__supervisor"
        ),
        pk=pk,
    )


def station_matches(text: str, station: str) -> Q:
    """The condition "name or code contains `text`"; `station`: the lookup of the station."""
    unit = f"{station}__organisation"
    return (
        Q(**{f"{unit}__name_zh__icontains": text})
        | Q(**{f"{unit}__name_en__icontains": text})
        | Q(**{f"{unit}__code__icontains": text})
    )


def decision_of(request, yes="accept", no="return") -> bool:
    """Which button of a decision was pressed: True for `yes`, False for `no`, 400 for none."""
    decision = request.POST.get("decision")
    if decision not in (yes, no):
        raise BadRequest
    return decision == yes
