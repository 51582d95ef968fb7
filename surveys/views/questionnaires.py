"""The questionnaire editor: versions, questions by area, scales, groups, preview, freezing."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, Enrolment
from common.errors import Refusal, allowed
from surveys.editor_forms import GroupForm, OptionFormSet, QuestionForm, ScaleForm
from surveys.forms import empty_sheet
from surveys.models import Question, Questionnaire, RespondentGroup, Scale
from surveys.policies import (
    check_can_edit_questionnaire,
    check_can_load_questionnaire,
    check_can_open_questionnaire,
)
from surveys.services import editor as services
from surveys.services.questionnaires import load_default, open_questionnaire
from surveys.views import answering

_PARTS = {
    "question": (Question, QuestionForm),
    "group": (RespondentGroup, GroupForm),
    "scale": (Scale, ScaleForm),
}


@require_safe
def questionnaires(request):
    """All versions of all years; a new one from any of them, or as shipped."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    campaign = Campaign.objects.current()
    rows = Questionnaire.objects.select_related("campaign").order_by("-campaign__year", "-version")
    context = {"rows": rows, "campaign": campaign}
    if campaign:
        try:
            check_can_load_questionnaire(request.user, campaign)
            context["can_add"] = True
        except Refusal as refusal:
            context["no_new_one"] = refusal.reason
    return render(request, "surveys/questionnaires.html", context)


@require_POST
def add(request):
    """A new version: a copy of `source`, or without one as shipped."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    campaign = get_object_or_404(Campaign, pk=getattr(Campaign.objects.current(), "pk", None))
    source = request.POST.get("source", "")
    if source.isdecimal():
        row = services.copy_questionnaire(
            source=get_object_or_404(Questionnaire, pk=source),
            campaign=campaign,
            by=request.user,
            now=request.now,
        )
    else:
        row = load_default(campaign=campaign, by=request.user, now=request.now)
    return redirect("surveys:questionnaire", pk=row.pk)


@require_safe
def questionnaire(request, pk):
    """One version: its questions by area, its scales and groups."""
    row = _row(request, pk)
    context = {
        "questionnaire": row,
        "questions": row.questions.select_related("scale"),
        "scales": row.scales.prefetch_related("options"),
        "groups": row.groups.all(),
        "total": sum(question.weight for question in row.questions.all()),
        "can_edit": allowed(check_can_edit_questionnaire, request.user, row),
        "events": audit.story_of(row),
    }
    return render(request, "surveys/questionnaire.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def part(request, pk, kind, part_pk=None):
    """Add or change a question, a group or a scale with its options."""
    row = _row(request, pk)
    check_can_edit_questionnaire(request.user, row)
    model, form_class = _known(kind)
    thing = get_object_or_404(model, questionnaire=row, pk=part_pk) if part_pk else model()
    thing.questionnaire = row
    form = form_class(request.POST or None, instance=thing)
    options = OptionFormSet(request.POST or None, instance=thing) if kind == "scale" else None
    if request.method == "POST" and form.is_valid() and (options is None or options.is_valid()):
        with transaction.atomic():
            services.save_part(part=form.save(commit=False), by=request.user, now=request.now)
            if options is not None:
                options.save()
        return redirect("surveys:questionnaire", pk=pk)
    context = {"questionnaire": row, "form": form, "options": options, "kind": kind, "part": thing}
    return render(request, "surveys/part.html", context)


@require_POST
def part_delete(request, pk, kind, part_pk):
    """Delete a question or a group."""
    row = _row(request, pk)
    check_can_edit_questionnaire(request.user, row)
    model, _form = _known(kind)
    if model is Scale:
        raise Http404
    thing = get_object_or_404(model, questionnaire=row, pk=part_pk)
    services.delete_part(part=thing, by=request.user, now=request.now)
    return redirect("surveys:questionnaire", pk=pk)


@require_POST
def freeze(request, pk):
    """Put a version in force: nothing in it changes any more."""
    row = _row(request, pk)
    check_can_open_questionnaire(request.user, row)
    open_questionnaire(questionnaire=row, by=request.user, now=request.now)
    messages.success(request, _("This version is in force and can no longer be changed."))
    return redirect("surveys:questionnaire", pk=pk)


@require_safe
def preview(request, pk):
    """The form as a phone shows it; nothing can be sent from here."""
    row = _row(request, pk)
    enrolment = Enrolment.objects.filter(campaign=row.campaign).with_station().first()
    if enrolment is None:
        raise Http404
    visit = answering.Visit(request, enrolment)
    visit.questionnaire = row
    return answering.form_page(visit, empty_sheet(), name="preview")


def _known(kind):
    if kind not in _PARTS:
        raise Http404
    return _PARTS[kind]


def _row(request, pk) -> Questionnaire:
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    return get_object_or_404(Questionnaire.objects.select_related("campaign"), pk=pk)
