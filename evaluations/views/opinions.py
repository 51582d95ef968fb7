"""One opinion or complaint in the office, and its verbs."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import audit
from common import clock
from common.codes import grouped
from common.downloads import hand_out_row
from common.errors import allowed
from evaluations import opinion_policies as policies
from evaluations.forms.fields import ReasonForm
from evaluations.forms.opinions import (
    AcceptForm,
    AnswerForm,
    ExtensionForm,
    OpinionFindingForm,
    TransferForm,
    bureau_choices,
)
from evaluations.models import (
    Commitment,
    Opinion,
    OpinionExtension,
    OpinionFile,
    RectificationTask,
)
from evaluations.services import opinion_answers, opinion_extensions, opinion_transfers
from evaluations.services import opinions as services
from evaluations.services.deadlines import usual_due_day
from evaluations.services.opinion_findings import find_from_opinion
from evaluations.views.scope import decision_of


def opinion(request, pk):
    """One of them: what was said, its clocks, what happened, and what can be done now."""
    return _page(request, _row(request, pk))


@require_POST
def opinion_accept(request, pk):
    """Take it up."""
    row = _row(request, pk)
    policies.check_can_handle(request.user, row, "accepted")
    form = AcceptForm(request.POST, promises=_promises(row))
    if not form.is_valid():
        return _page(request, row, accept=form)
    services.accept_opinion(opinion=row, by=request.user, now=request.now, **form.cleaned_data)
    return _done(request, pk, _("It is taken up; the day for the answer is set."))


@require_POST
def opinion_decline(request, pk):
    """Not in remit, with the reason."""
    row = _row(request, pk)
    policies.check_can_handle(request.user, row, "declined")
    form = ReasonForm(request.POST, prefix="decline")
    if not form.is_valid():
        return _page(request, row, decline=form)
    services.decline_opinion(opinion=row, by=request.user, now=request.now, **form.cleaned_data)
    return _done(request, pk, _("The reason can be read with the code."))


@require_POST
def opinion_transfer(request, pk):
    """Pass it on to the unit whose task it is."""
    row = _row(request, pk)
    policies.check_can_handle(request.user, row, "transferred")
    form = TransferForm(request.POST, prefix="transfer", bureaus=bureau_choices())
    if not form.is_valid():
        return _page(request, row, transfer=form)
    values = form.cleaned_data
    opinion_transfers.transfer_opinion(
        opinion=row,
        to_unit=values["unit"],
        target=values["station"],
        reason=values["reason"],
        by=request.user,
        now=request.now,
    )
    messages.success(request, _("It is passed on."))
    return redirect("evaluations:opinions")


@require_POST
def opinion_send_back(request, pk):
    """It was passed on wrongly."""
    row = _row(request, pk)
    policies.check_can_send_back(request.user, row, request.now)
    form = ReasonForm(request.POST, prefix="back")
    if not form.is_valid():
        return _page(request, row, back=form)
    opinion_transfers.send_opinion_back(
        opinion=row, by=request.user, now=request.now, **form.cleaned_data
    )
    messages.success(request, _("It is sent back."))
    return redirect("evaluations:opinions")


@require_POST
def opinion_link(request, pk):
    """Say which promise it touches."""
    row = _row(request, pk)
    policies.check_can_handle(request.user, row)
    chosen = request.POST.get("commitment") or None
    promise = get_object_or_404(_promises(row), pk=chosen) if chosen else None
    services.link_commitment(opinion=row, commitment=promise, by=request.user, now=request.now)
    return _done(request, pk, _("The promise is noted."))


@require_POST
def opinion_find(request, pk):
    """Write the problem into the register and dispatch it."""
    row = _row(request, pk)
    policies.check_can_find(request.user, row)
    form = OpinionFindingForm(request.POST, prefix="finding", today=clock.today(request.now))
    if form.is_valid() and services.names_the_complainant(
        row, "\n".join((form.cleaned_data["text"], form.cleaned_data["requirement"]))
    ):
        form.add_error("text", _("Leave out the complainant's name and phone."))
    if not form.is_valid():
        return _page(request, row, finding=form)
    find_from_opinion(opinion=row, by=request.user, now=request.now, **form.cleaned_data)
    return _done(request, pk, _("The problem is in the register and dispatched."))


@require_POST
def opinion_answer(request, pk):
    """Answer it."""
    row = _row(request, pk)
    policies.check_can_handle(request.user, row, "answered")
    form = AnswerForm(request.POST, prefix="answer")
    if not form.is_valid():
        return _page(request, row, answer=form)
    opinion_answers.answer_opinion(
        opinion=row, by=request.user, now=request.now, **form.cleaned_data
    )
    return _done(request, pk, _("The answer can be read with the code."))


@require_POST
def opinion_close(request, pk):
    """Close what nobody judged in time."""
    opinion_answers.close_opinion(opinion=_row(request, pk), by=request.user, now=request.now)
    return _done(request, pk, _("It is closed."))


@require_POST
def opinion_extend(request, pk):
    """Ask for more time."""
    row = _row(request, pk)
    policies.check_can_ask_extension(request.user, row)
    form = ExtensionForm(request.POST, prefix="extension", **_days_of_extension(row))
    if not form.is_valid():
        return _page(request, row, extension=form)
    opinion_extensions.ask_extension(
        opinion=row, by=request.user, now=request.now, **form.cleaned_data
    )
    return _done(request, pk, _("Somebody else of the unit, or its leader, has to approve it."))


@require_POST
def extension_decide(request, pk):
    """Approve or refuse more time."""
    extension = get_object_or_404(
        OpinionExtension.objects.select_related("opinion").filter(
            opinion__in=Opinion.objects.visible_to(request.user)
        ),
        pk=pk,
    )
    row = _row(request, extension.opinion_id)
    extension.opinion = row
    policies.check_can_decide_extension(request.user, extension)
    approve = decision_of(request, "approve", "refuse")
    form = ReasonForm(request.POST, prefix="decision")
    if not form.is_valid():
        return _page(request, row, decision=form)
    opinion_extensions.decide_extension(
        extension=extension,
        approve=approve,
        by=request.user,
        now=request.now,
        **form.cleaned_data,
    )
    return _done(request, row.pk, _("The decision can be read with the code."))


@require_POST
@never_cache
def complainant(request, pk):
    """Show name and phone this once; the reading is recorded."""
    row = _row(request, pk)
    policies.check_can_reveal(request.user, row)
    form = ReasonForm(request.POST, prefix="reveal")
    if not form.is_valid():
        return _page(request, row, reveal=form)
    person = services.reveal_complainant(
        opinion=row, by=request.user, now=request.now, **form.cleaned_data
    )
    return _page(request, row, person=person)


@require_POST
@never_cache
def opinion_code(request, pk):
    """A query code to hand out to who spoke on paper or in a meeting; shown this once."""
    row = _row(request, pk)
    code = services.issue_code(opinion=row, by=request.user, now=request.now)
    return _page(request, row, code=grouped(code))


def opinion_file(request, pk):
    """A file that came with it; the reading is recorded."""
    file = get_object_or_404(
        OpinionFile.objects.visible_to(request.user).select_related("opinion__handler"), pk=pk
    )
    return hand_out_row(services.read_file(file=file, by=request.user, now=request.now))


def _row(request, pk) -> Opinion:
    return get_object_or_404(Opinion.objects.visible_to(request.user).with_units(), pk=pk)


def _done(request, pk, text):
    messages.success(request, text)
    return redirect("evaluations:opinion", pk=pk)


def _promises(row):
    return Commitment.objects.filter(enrolment=row.enrolment_id, published_at__isnull=False)


def _days_of_extension(row) -> dict:
    return {
        "after": opinion_extensions.finishing_term(row).due_on,
        "latest": opinion_extensions.latest_day(row),
    }


def _page(request, row, **bound):
    """The page of one of them; `bound`: forms sent with errors, and what is shown only once."""
    user, now = request.user, request.now
    terms = list(row.terms.all())
    for term in terms:
        term.overdue = term.is_overdue(now)
    asked = row.extensions.select_related("asked_by", "decided_by")
    waiting = next((extension for extension in asked if extension.state == "asked"), None)
    if waiting is not None:
        waiting.opinion = row
    context = {
        "opinion": row,
        "terms": terms,
        "files": row.files.all(),
        "transfers": row.transfers.select_related("from_unit", "to_unit"),
        "extensions": asked,
        "waiting": waiting,
        "answers": row.answers.select_related("given_by"),
        "task": RectificationTask.objects.filter(finding=row.finding_id).first(),
        "promises": _promises(row),
        "handles": allowed(policies.check_can_handle, user, row),
        "person": bound.get("person"),
        "code": bound.get("code"),
        "can_issue_code": allowed(policies.check_can_issue_code, user, row),
        "can_close": allowed(policies.check_can_close, user, row, now),
        "events": audit.story_of(row),
        **_forms(user, row, waiting, bound, now),
    }
    return render(request, "evaluations/opinion.html", context)


def _forms(user, row, waiting, bound, now) -> dict:
    """The forms of what the person can do now: those sent with errors, else fresh ones."""
    forms = {}

    def offer(name, check, *args, form):
        if allowed(check, user, *args):
            forms[f"{name}_form"] = bound.get(name) or form()

    offer(
        "accept",
        policies.check_can_handle,
        row,
        "accepted",
        form=lambda: AcceptForm(promises=_promises(row), initial={"commitment": row.commitment_id}),
    )
    offer(
        "decline",
        policies.check_can_handle,
        row,
        "declined",
        form=lambda: ReasonForm(prefix="decline"),
    )
    offer(
        "transfer",
        policies.check_can_handle,
        row,
        "transferred",
        form=lambda: TransferForm(prefix="transfer", bureaus=bureau_choices()),
    )
    offer("back", policies.check_can_send_back, row, now, form=lambda: ReasonForm(prefix="back"))
    offer("finding", policies.check_can_find, row, form=lambda: _finding_form(row, now))
    offer("answer", policies.check_can_handle, row, "answered", form=lambda: _answer_form(row))
    offer(
        "extension",
        policies.check_can_ask_extension,
        row,
        form=lambda: ExtensionForm(prefix="extension", **_days_of_extension(row)),
    )
    offer("reveal", policies.check_can_reveal, row, form=lambda: ReasonForm(prefix="reveal"))
    if waiting is not None:
        offer(
            "decision",
            policies.check_can_decide_extension,
            waiting,
            form=lambda: ReasonForm(prefix="decision"),
        )
    return forms


def _finding_form(row, now):
    initial = {
        "requirement": _("Mend the problem and report with evidence."),
        "due_on": usual_due_day(row.campaign, now),
    }
    return OpinionFindingForm(prefix="finding", today=clock.today(now), initial=initial)


def _answer_form(row):
    """With the result of the rectification where it is accepted already."""
    task = RectificationTask.objects.filter(finding=row.finding_id, state="accepted").first()
    text = opinion_answers.result_text(task) if task else ""
    return AnswerForm(prefix="answer", initial={"text": text})
