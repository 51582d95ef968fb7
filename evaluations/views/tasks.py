"""Rectification tasks: the list, the ledger, one task, and what the station and its reviewer do."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from campaign.models import Campaign
from common import clock
from common.errors import allowed
from common.paging import page_of
from evaluations.exports import task_ledger
from evaluations.forms.fields import ReasonForm
from evaluations.forms.findings import areas_of
from evaluations.forms.tasks import (
    PostponeForm,
    PublishForm,
    ReopenForm,
    ResultForm,
    StartForm,
    TaskFilterForm,
)
from evaluations.models import (
    Finding,
    PostponementKind,
    PostponementState,
    RectificationTask,
    Standard,
    TaskState,
)
from evaluations.policies import check_can_read, check_can_rectify, check_can_review_task
from evaluations.services import tasks as services
from evaluations.services.deadlines import usual_due_day
from evaluations.task_policies import (
    check_can_ask_postponement,
    check_can_decide_postponement,
    check_can_publish,
    check_can_reopen,
    check_can_set_days,
    check_can_withdraw_postponement,
)
from evaluations.views.scope import row_of, station_matches


def tasks(request):
    """The tasks in scope, filtered."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    form = _filter_form(request, campaign)
    page = page_of(request, _filtered(request, form, campaign))
    for task in page.object_list:
        task.overdue = task.is_overdue(request.now)
    context = {
        "form": form,
        "page": page,
        "can_set_days": campaign is not None
        and allowed(check_can_set_days, request.user, campaign),
    }
    return render(request, "evaluations/tasks.html", context)


def tasks_export(request):
    """The ledger of the same filters, as xlsx."""
    check_can_read(request.user)
    campaign = Campaign.objects.current()
    audit.record(by=request.user, act="tasks.exported", now=request.now)
    rows = _filtered(request, _filter_form(request, campaign), campaign)
    return task_ledger(rows, request.now)


def task(request, pk):
    """One task: what was found, what is to be done, what happened."""
    return task_page(request, row_of(request, RectificationTask.objects, pk))


@require_POST
def task_start(request, pk):
    """The station takes the task up, and says who answers for it and what they mean to do."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_rectify(request.user, row, request.now, "started")
    form = StartForm(request.POST)
    if not form.is_valid():
        return task_page(request, row, start_form=form)
    services.start_task(task=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The task is in progress."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_submit(request, pk):
    """The station reports what was done, with evidence."""
    row = row_of(request, RectificationTask.objects, pk)
    check_can_rectify(request.user, row, request.now, "submitted")
    form = ResultForm(request.POST, request.FILES, task=row, has_evidence=row.evidence.exists())
    if not form.is_valid():
        return task_page(request, row, result_form=form)
    services.submit_task(task=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The rectification is submitted for review."))
    return redirect("evaluations:task", pk=pk)


@require_POST
def task_accept(request, pk):
    """Somebody above the station is satisfied."""
    return _reviewed(request, pk, services.accept_task, _("The rectification is accepted."))


@require_POST
def task_return(request, pk):
    """Somebody above the station hands it back."""
    return _reviewed(request, pk, services.return_task, _("The rectification is returned."))


def _reviewed(request, pk, decide, done):
    row = row_of(request, RectificationTask.objects, pk)
    check_can_review_task(request.user, row, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return task_page(request, row, review_form=form)
    decide(task=row, by=request.user, reason=form.cleaned_data["reason"], now=request.now)
    messages.success(request, done)
    return redirect("evaluations:task", pk=pk)


def _filter_form(request, campaign):
    standard = Standard.objects.in_force(campaign) if campaign else None
    return TaskFilterForm(request.GET, areas=areas_of(standard))


def _filtered(request, form, campaign):
    rows = (
        RectificationTask.objects.visible_to(request.user)
        .filter(enrolment__campaign=campaign)
        .select_related(
            "finding__criterion",
            "finding__area",
            "enrolment__station__organisation__supervisor__supervisor",
        )
    )
    form.is_valid()
    wanted = form.cleaned_data
    for name, lookup in {
        "state": "state",
        "source": "finding__source",
        "area": "finding__area__number",
    }.items():
        if wanted.get(name):
            rows = rows.filter(**{lookup: wanted[name]})
    if waiting := wanted.get("waiting"):
        rows = rows.filter(_waiting(waiting))
    if wanted.get("overdue"):
        rows = rows.overdue_at(request.now)
    if text := wanted.get("q"):
        found = station_matches(text, "enrolment__station") | Q(finding__text__icontains=text)
        rows = rows.filter(found)
    return rows


def _waiting(what) -> Q:
    # One task has at most one open request, so the join gives no row twice.
    return {
        "later_day": Q(postponements__state=PostponementState.ASKED),
        "escalated": Q(stage__gte=1),
        "publication": Q(to_publish=True, published_at=None, state=TaskState.ACCEPTED),
    }[what]


def task_page(request, row, **forms):
    """The page of a task. `forms`: those that could not be saved, by their name on the page."""
    user, now = request.user, request.now
    finding = Finding.objects.select_related("criterion", "area", "recorded_by").get(
        pk=row.finding_id
    )
    evidence = list(row.evidence.all())
    postponements = list(row.postponements.select_related("asked_by", "decided_by"))
    for postponement in postponements:
        postponement.enrolment = row.enrolment
        postponement.can_decide = allowed(check_can_decide_postponement, user, postponement, now)
        postponement.can_withdraw = allowed(
            check_can_withdraw_postponement, user, postponement, now
        )
    offered = {
        name: forms.get(name) or make()
        for name, (may, make) in _forms(row, finding, evidence, user, now).items()
        if may
    }
    context = {
        "task": row,
        "finding": finding,
        "enrolment": row.enrolment,
        "overdue": row.is_overdue(now),
        "before": finding.evidence.all(),
        "evidence": evidence,
        "postponements": postponements,
        "decide_form": forms.get("decide_form") or ReasonForm(),
        "similar_count": finding.similar.count(),
        "events": audit.story_of(row),
        **offered,
    }
    return render(request, "evaluations/task.html", context)


def _forms(row, finding, evidence, user, now) -> dict:
    """Name on the page → (whether it is offered, how it is made)."""
    can_publish = allowed(check_can_publish, user, row)
    return {
        "start_form": (
            allowed(check_can_rectify, user, row, now, "started"),
            lambda: StartForm(initial={"owner": row.owner, "measure": row.measure}),
        ),
        "result_form": (
            allowed(check_can_rectify, user, row, now, "submitted"),
            lambda: ResultForm(
                task=row, initial={"result": row.result}, has_evidence=bool(evidence)
            ),
        ),
        "postpone_form": (
            allowed(check_can_ask_postponement, user, row, PostponementKind.DEFERRAL, now),
            lambda: PostponeForm(task=row, now=now),
        ),
        "review_form": (allowed(check_can_review_task, user, row, now), ReasonForm),
        "reopen_form": (
            allowed(check_can_reopen, user, row, now),
            lambda: ReopenForm(
                initial={"due_on": usual_due_day(row.enrolment.campaign, now)},
                today=clock.today(now),
            ),
        ),
        "publish_form": (
            can_publish and row.published_at is None,
            lambda: PublishForm(
                initial={"text": row.public_text or f"{finding.text}\n{row.result}"}
            ),
        ),
        "withdraw_form": (can_publish and row.published_at is not None, ReasonForm),
    }
