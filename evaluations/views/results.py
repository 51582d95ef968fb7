"""For the public: what a station has mended (通报整改情况)."""

from django.http import Http404
from django.shortcuts import render

from campaign.models import Campaign, Enrolment
from common.paging import page_of
from common.public import public_page
from evaluations.models import RectificationTask


@public_page
def results(request, code):
    """The published results of a station in the current campaign, in the words written for it."""
    enrolment = (
        Enrolment.objects.with_station()
        .filter(campaign=Campaign.objects.current(), station__organisation__code=code)
        .first()
    )
    if enrolment is None:
        raise Http404
    rows = RectificationTask.objects.published().filter(enrolment=enrolment)
    context = {"enrolment": enrolment, "page": page_of(request, rows.select_related("finding"))}
    return render(request, "evaluations/results.html", context)
