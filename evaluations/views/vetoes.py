"""The veto of a station: proposed, decided, lifted."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from common.errors import allowed
from evaluations.acceptance_policies import check_can_reply_to_veto
from evaluations.forms.acceptance import ReplyForm, VetoForm
from evaluations.forms.fields import ReasonForm
from evaluations.models import SecretVisit, Veto, VisitState
from evaluations.policies import (
    check_can_decide_veto,
    check_can_lift_veto,
    check_can_propose_veto,
)
from evaluations.services import vetoes as services
from evaluations.views.scope import decision_of, enrolment_of, row_of


@require_http_methods(["GET", "POST"])
def veto(request, pk):
    """The station's vetoes; POST proposes one."""
    enrolment = enrolment_of(request, pk)
    form = None
    if request.method == "POST":
        check_can_propose_veto(request.user, enrolment)
        form = VetoForm(request.POST, visits=_visits(request, enrolment))
        if form.is_valid():
            services.propose_veto(
                enrolment=enrolment,
                reason=form.cleaned_data["reason"],
                visit=form.cleaned_data["visit"],
                by=request.user,
                now=request.now,
            )
            messages.success(request, _("The veto is proposed; somebody else has to decide."))
            return redirect("evaluations:veto", pk=pk)
    return _page(request, enrolment, propose_form=form)


@require_POST
def veto_reply(request, pk):
    """The station's reply to a proposed veto."""
    row = row_of(request, Veto.objects, pk)
    check_can_reply_to_veto(request.user, row, request.now)
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row.enrolment, reply_form=form)
    services.reply_to_veto(
        veto=row,
        text=form.cleaned_data["text"],
        files=form.cleaned_data["files"],
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("The reply is handed in."))
    return redirect("evaluations:veto", pk=row.enrolment_id)


@require_POST
def veto_decide(request, pk):
    """A second person puts the veto into effect, or rejects it (`decision`)."""
    row = row_of(request, Veto.objects, pk)
    check_can_decide_veto(request.user, row, request.now)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row.enrolment, decide_form=form)
    services.decide_veto(
        veto=row,
        confirm=decision_of(request, "confirm", "reject"),
        reason=form.cleaned_data["reason"],
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("Decided."))
    return redirect("evaluations:veto", pk=row.enrolment_id)


@require_POST
def veto_lift(request, pk):
    """End a veto that is in effect."""
    row = row_of(request, Veto.objects, pk)
    check_can_lift_veto(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row.enrolment, decide_form=form)
    services.lift_veto(
        veto=row, reason=form.cleaned_data["reason"], by=request.user, now=request.now
    )
    messages.success(request, _("The veto is lifted."))
    return redirect("evaluations:veto", pk=row.enrolment_id)


def _visits(request, enrolment):
    """The released visits on which a veto may rest."""
    rows = SecretVisit.objects.visible_to(request.user)
    return rows.filter(enrolment=enrolment, state=VisitState.RELEASED)


def _page(request, enrolment, propose_form=None, decide_form=None, reply_form=None):
    user = request.user
    rows = list(
        enrolment.vetoes.select_related(
            "proposed_by", "decided_by", "replied_by", "visit", "withdrawal__organisation"
        ).prefetch_related("reply_evidence")
    )
    visits = _visits(request, enrolment)
    audit.tell_stories(rows)
    for row in rows:
        row.can_decide = allowed(check_can_decide_veto, user, row, request.now)
        row.can_lift = allowed(check_can_lift_veto, user, row)
        row.can_reply = allowed(check_can_reply_to_veto, user, row, request.now)
    can_propose = allowed(check_can_propose_veto, user, enrolment)
    context = {
        "enrolment": enrolment,
        "rows": rows,
        "propose_form": (propose_form or VetoForm(visits=visits)) if can_propose else None,
        "decide_form": decide_form or ReasonForm(),
        "reply_form": reply_form or ReplyForm(),
    }
    return render(request, "evaluations/veto.html", context)
