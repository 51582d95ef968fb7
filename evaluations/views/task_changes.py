"""What changes a task's course: later days, re-opening, the public result, the campaign's days."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaign.models import Campaign
from common import clock
from common.errors import WrongMoment
from evaluations.forms.fields import ReasonForm
from evaluations.forms.tasks import DaysForm, PostponeForm, PublishForm, ReopenForm
from evaluations.models import Postponement, PostponementKind, RectificationTask
from evaluations.services import postponements, tasks
from evaluations.services.deadlines import DAYS, rule_of, set_days
from evaluations.task_policies import (
    check_can_ask_postponement,
    check_can_decide_postponement,
    check_can_publish,
    check_can_reopen,
    check_can_set_days,
)
from evaluations.views.scope import decision_of, row_of
from evaluations.views.tasks import task_page


@require_POST
def task_postpone(request, pk):
    """The station asks for a later day."""
    row = row_of(request, RectificationTask.objects, pk)
    kind = request.POST.get("kind")
    kind = kind if kind in PostponementKind.values else PostponementKind.DEFERRAL
    check_can_ask_postponement(request.user, row, kind, request.now)
    form = PostponeForm(request.POST, task=row, now=request.now)
    if not form.is_valid():
        return task_page(request, row, postpone_form=form)
    postponements.ask_postponement(task=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The later day is asked for; the bureau decides."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def postponement_decide(request, pk):
    """The bureau approves or refuses the later day (`decision`)."""
    row = row_of(request, Postponement.objects, pk)
    check_can_decide_postponement(request.user, row, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        task = row_of(request, RectificationTask.objects, row.task_id)
        return task_page(request, task, decide_form=form)
    decide = (
        postponements.approve_postponement
        if decision_of(request, "approve", "refuse")
        else postponements.refuse_postponement
    )
    decide(postponement=row, by=request.user, reason=form.cleaned_data["reason"], now=request.now)
    messages.success(request, _("Decided."))
    return redirect("evaluations:task", pk=row.task_id)


@require_POST
def postponement_withdraw(request, pk):
    """The station takes its request back."""
    row = row_of(request, Postponement.objects, pk)
    postponements.withdraw_postponement(postponement=row, by=request.user, now=request.now)
    messages.success(request, _("The request is withdrawn."))
    return redirect("evaluations:task", pk=row.task_id)


@require_POST
def task_reopen(request, pk):
    """The problem came back."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_reopen(request.user, row, request.now)
    form = ReopenForm(request.POST, today=clock.today(request.now))
    if not form.is_valid():
        return task_page(request, row, reopen_form=form)
    tasks.reopen_task(task=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The rectification is open again."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_publish(request, pk):
    """Tell the public the result."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_publish(request.user, row)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return task_page(request, row, publish_form=form)
    tasks.publish_result(task=row, text=form.cleaned_data["text"], by=request.user, now=request.now)
    messages.success(request, _("The result stands on the station's public page."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_withdraw(request, pk):
    """Take the result off the public page."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_publish(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return task_page(request, row, withdraw_form=form)
    tasks.withdraw_result(
        task=row, reason=form.cleaned_data["reason"], by=request.user, now=request.now
    )
    messages.success(request, _("The result is taken off the public page."))
    return redirect("evaluations:task", pk=pk)


@require_http_methods(["GET", "POST"])
def rectification_days(request):
    """How long rectification takes in the current campaign."""
    campaign = Campaign.objects.current()
    if campaign is None:
        raise WrongMoment(_("There is no campaign yet."))
    check_can_set_days(request.user, campaign)
    form = DaysForm(request.POST or None, instance=rule_of(campaign))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in DAYS}
        set_days(campaign=campaign, values=values, by=request.user, now=request.now)
        messages.success(request, _("The days are set; tasks already dispatched keep theirs."))
        return redirect("evaluations:rectification-days")
    return render(request, "evaluations/rectification_days.html", {"form": form})
