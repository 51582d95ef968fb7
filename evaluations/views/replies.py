"""After sign-off: the station's reply, the authority's decisions, re-check, opening again."""

from datetime import datetime
from types import SimpleNamespace

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from common.bilingual import localised
from common.errors import allowed
from evaluations.acceptance_policies import (
    check_can_decide_objection,
    check_can_decide_reopening,
    check_can_recheck,
    check_can_reply,
    check_can_request_reopening,
)
from evaluations.forms.acceptance import DecisionForm, ObjectionsForm, RecheckForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import (
    AcceptanceCheck,
    AcceptanceResult,
    CheckState,
    FormerCheck,
    Objection,
    Reopening,
)
from evaluations.policies import check_can_read
from evaluations.services import reopenings
from evaluations.services.checks import may_be_sent
from evaluations.services.replies import decide_objection, reply_to_check
from evaluations.views.scope import decision_of, enrolment_of, row_of


def _signed(request, pk) -> AcceptanceCheck:
    """The signed check of an enrolment in scope."""
    enrolment = enrolment_of(request, pk)
    check = get_object_or_404(
        AcceptanceCheck.objects.select_related("authority", "standard", "signed_by"),
        enrolment=enrolment,
        state=CheckState.SIGNED,
    )
    check.enrolment = enrolment
    return check


def _back(pk):
    return redirect("evaluations:check", pk=pk)


@require_POST
def check_reply(request, pk):
    """Agree to the check, or object to some deductions (`decision`)."""
    check = _signed(request, pk)
    reply = reopenings.reply_of(check)
    check_can_reply(request.user, reply, request.now)
    points = []
    if not decision_of(request, "agree", "object"):
        scores = check.scores.select_related("criterion")
        form = ObjectionsForm(request.POST, request.FILES, scores=scores)
        if not form.is_valid() or not form.points():
            if form.is_valid():
                form.add_error(None, _("Say on at least one criterion why you do not agree."))
            return render(
                request,
                "evaluations/acceptance/objections.html",
                {"enrolment": check.enrolment, "form": form, "reply": reply},
            )
        points = form.points()
    reply_to_check(reply=reply, points=points, by=request.user, now=request.now)
    messages.success(request, _("The reply is handed in."))
    return _back(pk)


@require_POST
def objection_decide(request, pk):
    """The authority decides on one objection."""
    objection = get_object_or_404(
        Objection.objects.filter(
            reply__check_of__in=AcceptanceCheck.objects.visible_to(request.user)
        ).select_related("reply"),
        pk=pk,
    )
    check = row_of(request, AcceptanceCheck.objects, objection.reply.check_of_id)
    objection.reply.check_of = check
    check_can_decide_objection(request.user, objection)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            decide_objection(
                objection=objection, by=request.user, now=request.now, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error("deduction", error)
    if not form.is_valid():
        title = _("Decide on the objection")
        context = {"enrolment": check.enrolment, "form": form, "title": title}
        return render(request, "evaluations/acceptance/form.html", context)
    messages.success(request, _("Decided."))
    return _back(check.enrolment_id)


@require_POST
def recheck(request, pk):
    """The re-check of a conditional acceptance."""
    check = _signed(request, pk)
    check_can_recheck(request.user, check, reopenings.reply_of(check), request.now)
    form = RecheckForm(request.POST, request.FILES, pool=may_be_sent(check.enrolment))
    if form.is_valid():
        try:
            reopenings.record_recheck(
                check=check, by=request.user, now=request.now, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
    if not form.is_valid():
        context = {"enrolment": check.enrolment, "form": form, "title": _("Re-check")}
        return render(request, "evaluations/acceptance/form.html", context)
    messages.success(request, _("The re-check is recorded."))
    return _back(pk)


@require_POST
def reopening_request(request, pk):
    """Ask that the check be opened again."""
    check = _signed(request, pk)
    check_can_request_reopening(request.user, check, request.now)
    reopenings.request_reopening(
        check=check, reason=request.POST.get("reason", ""), by=request.user, now=request.now
    )
    messages.success(request, _("Asked; another person of your unit decides."))
    return _back(pk)


@require_POST
def reopening_decide(request, pk):
    """A second person opens the check again, or refuses (`decision`)."""
    row = get_object_or_404(
        Reopening.objects.filter(check_of__in=AcceptanceCheck.objects.visible_to(request.user)),
        pk=pk,
    )
    row.check_of = row_of(request, AcceptanceCheck.objects, row.check_of_id)
    check_can_decide_reopening(request.user, row, request.now)
    reopenings.decide_reopening(
        reopening=row,
        approve=decision_of(request, "approve", "refuse"),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("Decided."))
    return _back(row.check_of.enrolment_id)


def former_check(request, pk):
    """A signed check as it was before it was opened again."""
    row = get_object_or_404(
        FormerCheck.objects.filter(
            check_of__in=AcceptanceCheck.objects.visible_to(request.user)
        ).select_related("reopening__requested_by", "reopening__decided_by"),
        pk=pk,
    )
    row.check_of = row_of(request, AcceptanceCheck.objects, row.check_of_id)
    check_can_read(request.user)
    context = {
        "row": row,
        "enrolment": row.check_of.enrolment,
        "unchanged": reopenings.digest_of(row.content) == row.sha256,
        "scores": [
            score | {"name": localised(SimpleNamespace(**score), "name")}
            for score in row.content["scores"]
        ],
        "result": AcceptanceResult(row.content["result"]).label if row.content["result"] else "",
        "signed_at": datetime.fromisoformat(row.content["signed_at"]),
    }
    return render(request, "evaluations/acceptance/former.html", context)


def _objections(reply):
    rows = reply.objections.select_related("score__criterion", "decided_by")
    return rows.prefetch_related("evidence")


def after_sign_off(request, check: AcceptanceCheck | None) -> dict:
    """What the check's page shows and offers after sign-off."""
    if check is None:
        return {}
    user, now = request.user, request.now
    former = check.former.all()
    requested = check.reopenings.filter(state="requested").select_related("requested_by").first()
    if requested is not None:
        requested.check_of = check
        requested.can_decide = allowed(check_can_decide_reopening, user, requested, now)
    context = {"former": former, "requested": requested, "reason_form": ReasonForm()}
    if check.state != CheckState.SIGNED:
        return context
    reply = reopenings.reply_of(check)
    scores = list(check.scores.select_related("criterion"))
    objections = list(_objections(reply)) if reply else []
    for row in objections:
        row.reply = reply
        if allowed(check_can_decide_objection, user, row):
            row.form = DecisionForm(initial={"deduction": row.deduction_before})
    return context | {
        "reply": reply,
        "reply_closed": reply is None or reply.is_closed(now),
        "objections": objections,
        "objections_form": ObjectionsForm(scores=scores)
        if reply and allowed(check_can_reply, user, reply, now)
        else None,
        "recheck_form": RecheckForm(
            pool=may_be_sent(check.enrolment), initial={"checked_on": clock.today(now)}
        )
        if reply and allowed(check_can_recheck, user, check, reply, now)
        else None,
        "rechecks": check.rechecks.select_related("signed_by").prefetch_related("evidence"),
        "can_request": allowed(check_can_request_reopening, user, check, now),
        "index": check.over_reporting_index,
    }
