"""Batches of ballots: the list, one-time codes with their slips and custody, workbooks."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from campaign.models import Campaign
from common.errors import allowed
from common.paging import page_of
from common.sheet_pages import import_page
from common.sheet_templates import template_response
from evaluations.views.scope import enrolment_of, row_of
from surveys import imports
from surveys.disclosure import SMALLEST_CELL
from surveys.models import BallotBatch, BatchKind
from surveys.office_forms import CodesForm, HandOutForm, ReasonForm, VoidForm
from surveys.policies import (
    check_above,
    check_can_call_back,
    check_can_issue,
    check_can_keep_batch,
    check_can_replace,
    check_can_type,
    check_can_work_above,
)
from surveys.services import batches as services
from surveys.services.replacements import not_reached, states_of_mails
from surveys.slips import parts, slips


@require_safe
def batches(request):
    """The batches below the acting unit, latest first."""
    check_can_work_above(request.user)
    rows = (
        BallotBatch.objects.visible_to(request.user)
        .filter(campaign=Campaign.objects.current())
        .select_related("campaign", "enrolment__station__organisation", "enrolment__campaign")
    )
    kind = request.GET.get("kind", "")
    if kind in BatchKind.values:
        rows = rows.filter(kind=kind)
    page = page_of(request, rows)
    counts = services.counted([batch.pk for batch in page.object_list])
    for batch in page.object_list:
        batch.counted = counts.get(batch.pk, 0)
    context = {"page": page, "kinds": BatchKind.choices, "kind": kind}
    return render(request, "surveys/batches.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request, pk):
    """Issue one-time codes for a station. The answer holds the slips, once."""
    enrolment = enrolment_of(request, pk)
    check_can_issue(request.user, enrolment, request.now)
    form = CodesForm(
        request.POST or None,
        request.FILES or None,
        campaign=enrolment.campaign,
        initial=_for_those_not_reached(request, enrolment),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        people = form.people()
        issued = services.issue_codes(
            enrolment=enrolment,
            group=data["group"],
            number=data["number"],
            note=data["note"],
            key=data["key"],
            people=["\t".join(person) for person in people],
            addresses=form.addresses(),
            by=request.user,
            now=request.now,
        )
        if not issued.codes:
            messages.success(request, _("The codes are drawn and go out by mail."))
            return redirect("surveys:batch", pk=issued.batch.pk)
        drawn = [people[place] for place in issued.places]
        context = {
            "slips": slips(issued.batch, issued.codes),
            "parts": parts(issued.codes),
            "batch": issued.batch,
            "drawn": drawn,
        }
        return render(request, "surveys/slips.html", context)
    return render(request, "surveys/issue.html", {"enrolment": enrolment, "form": form})


def _for_those_not_reached(request, enrolment) -> dict:
    """What the form begins with after `?after=`, a mailed batch of the same station."""
    number = request.GET.get("after", "")
    if not number.isascii() or not number.isdigit():
        return {}
    before = get_object_or_404(enrolment.batches.filter(kind=BatchKind.CODES), pk=number[:18])
    addresses = [row.address for row in not_reached(before) if not row.replacement]
    return {
        "group": before.group,
        "number": len(addresses),
        "typed": "\n".join(addresses),
        "by_mail": True,
        "note": _("for those not reached by %(batch)s") % {"batch": before},
    }


@require_safe
def people_template(request):
    """The empty list of people served."""
    check_can_work_above(request.user)
    return template_response("people-served.xlsx", title=_("People served"), columns=imports.PEOPLE)


@require_safe
def batch(request, pk):
    """One batch: its numbers, and what may be done with it."""
    return _page(request, _row(request, pk))


@require_POST
def hand_out(request, pk):
    """Slips leave the office."""
    row = _row(request, pk)
    check_can_keep_batch(request.user, row)
    form = HandOutForm(request.POST)
    if not form.is_valid():
        return _page(request, row, hand_out_form=form)
    services.hand_out(batch=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("Noted."))
    return redirect("surveys:batch", pk=pk)


@require_POST
def void(request, pk):
    """Slips came back unused or are spoilt: their codes can never be used."""
    row = _row(request, pk)
    check_can_keep_batch(request.user, row)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return _page(request, row, void_form=form)
    number = services.void_codes(batch=row, by=request.user, now=request.now, **form.cleaned_data)
    done = ngettext("%(number)s code is void.", "%(number)s codes are void.", number)
    messages.success(request, done % {"number": number})
    return redirect("surveys:batch", pk=pk)


@require_POST
def close(request, pk):
    """Withdraw what is left of a batch."""
    row = _row(request, pk)
    check_can_keep_batch(request.user, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, row, close_form=form)
    services.close_batch(batch=row, by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The batch is withdrawn."))
    return redirect("surveys:batch", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def import_ballots(request):
    """Ballots from a workbook: upload, preview, confirm."""
    campaign = get_object_or_404(Campaign, pk=getattr(Campaign.objects.current(), "pk", None))
    imports.check_can_import(request.user, campaign)
    return import_page(request, imports.ballot_import(campaign, request.user, request.now))


@require_safe
def import_template(request):
    """The empty workbook for ballots, with the questionnaire's own columns."""
    campaign = get_object_or_404(Campaign, pk=getattr(Campaign.objects.current(), "pk", None))
    imports.check_can_import(request.user, campaign)
    columns = imports.ballot_columns(campaign)
    return template_response("ballots.xlsx", title=_("Ballots"), columns=columns)


def _row(request, pk) -> BallotBatch:
    row = row_of(request, BallotBatch.objects.select_related("campaign"), pk)
    check_above(request.user, row.enrolment)
    return row


def _page(request, row, hand_out_form=None, void_form=None, close_form=None):
    context = {
        "batch": row,
        "enrolment": row.enrolment,
        "counted": services.used(row),
        "can_type": allowed(check_can_type, request.user, row),
        "call_backs": list(row.call_backs.all()),
        "can_call_back": allowed(check_can_call_back, request.user, row),
        "events": audit.story_of(row),
    }
    mails = states_of_mails(row)
    if mails:
        lost = not_reached(row)
        context |= {
            "mails": mails,
            "not_reached": lost,
            "can_replace": allowed(check_can_replace, request.user, row, request.now),
            "can_issue": allowed(check_can_issue, request.user, row.enrolment, request.now)
            and len([mail for mail in lost if not mail.replacement]) >= SMALLEST_CELL,
            "smallest": SMALLEST_CELL,
        }
    if allowed(check_can_keep_batch, request.user, row):
        context |= {
            "hand_out_form": hand_out_form or HandOutForm(),
            "void_form": void_form or VoidForm(),
            "close_form": close_form or ReasonForm(),
        }
    return render(request, "surveys/batch.html", context)
