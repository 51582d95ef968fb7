"""The register of opinions and complaints: what the person's unit and those below it handle."""

from django.db.models import Exists, F, Min, OuterRef, Q
from django.shortcuts import render

from accounts import audit
from accounts.roles import Permission
from campaign.models import Campaign
from common import clock
from common.paging import page_of
from evaluations.forms.opinions import OpinionFilterForm
from evaluations.models import Opinion, OpinionTerm
from evaluations.opinion_policies import check_can_read_opinions
from evaluations.services.opinion_terms import OWED
from evaluations.voices_exports import opinion_register


def opinions(request):
    """What the person's unit, and those below it, handle."""
    check_can_read_opinions(request.user)
    form = OpinionFilterForm(request.GET)
    page = page_of(request, _filtered(request, form))
    context = {
        "form": form,
        "page": page,
        "today": clock.today(request.now),
        "can_enter": request.user.may(Permission.OPINION_HANDLE),
    }
    return render(request, "evaluations/opinions.html", context)


def opinions_export(request):
    """The register of the same filters, as xlsx: without names."""
    check_can_read_opinions(request.user)
    audit.record(by=request.user, act="opinions.exported", now=request.now)
    return opinion_register(_filtered(request, OpinionFilterForm(request.GET)))


def _filtered(request, form):
    running = OpinionTerm.objects.filter(opinion=OuterRef("pk"), met_at=None, step__in=OWED)
    rows = (
        Opinion.objects.visible_to(request.user)
        .filter(campaign=Campaign.objects.current())
        .with_units()
        .annotate(due_on=Min("terms__due_on", filter=Q(terms__met_at=None, terms__step__in=OWED)))
        .order_by(F("due_on").asc(nulls_last=True), "-pk")
    )
    form.is_valid()
    wanted = form.cleaned_data
    if state := wanted.get("state"):
        rows = rows.waiting() if state == "waiting" else rows.filter(state=state)
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    if wanted.get("whose"):
        rows = rows.filter(handler=request.user.organisation)
    if promise := wanted.get("promise"):
        rows = rows.filter(commitment=promise)
    if wanted.get("overdue"):
        rows = rows.filter(Exists(running.filter(due_on__lt=clock.today(request.now))))
    if text := wanted.get("q"):
        number = text.rpartition("-")[2]
        found = Q(target__name_zh__icontains=text) | Q(target__name_en__icontains=text)
        found |= Q(target__code=text)
        rows = rows.filter(found | Q(pk=int(number)) if number.isdecimal() else found)
    return rows
