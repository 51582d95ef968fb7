"""Plans and summaries."""

from django.contrib import messages
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.forms import ReviewForm, SubmissionForm
from campaign.models import (
    Obligation,
    PaperFile,
    Submission,
    SubmissionKind,
    SubmissionState,
)
from campaign.policies import (
    check_can_review_submission,
    check_can_write_submission,
    check_owes,
)
from campaign.services import submissions as submission_services
from campaign.views.scope import current_campaign
from common import clock
from common.downloads import hand_out_row
from common.errors import WrongMoment, allowed
from common.paging import page_of


def _owed_papers(campaign, organisation):
    """The obligations of the unit's papers in this campaign."""
    return Obligation.objects.filter(
        campaign=campaign, organisation=organisation, kind__in=SubmissionKind.values
    ).order_by("due_on", "pk")


def _with_due_day(papers):
    """With the day by which each paper was owed."""
    owed = Obligation.objects.filter(
        campaign=OuterRef("campaign"), organisation=OuterRef("organisation"), kind=OuterRef("kind")
    )
    return papers.annotate(due_on=Subquery(owed.values("due_on")[:1]))


def submissions(request):
    """The plan and summary of one's own unit, and those below it."""
    check_may(request.user, Permission.READ)
    campaign, own = current_campaign(), request.user.organisation
    papers = {
        row.kind: row for row in Submission.objects.filter(campaign=campaign, organisation=own)
    }
    below = (
        _with_due_day(Submission.objects.visible_to(request.user))
        .filter(campaign=campaign)
        .exclude(organisation=own)
        .exclude(state="draft")
        .select_related("organisation__supervisor", "campaign")
        .order_by("organisation__path", "kind")
    )
    state = request.GET.get("state", "")
    if state:
        below = below.filter(state=state)
    page = page_of(request, below)
    for paper in page:
        paper.late = bool(paper.due_on) and paper.submitted_at >= clock.end_of(paper.due_on)
    context = {
        "campaign": campaign,
        "own": [(owed, papers.get(owed.kind)) for owed in _owed_papers(campaign, own)],
        "can_write": allowed(check_can_write_submission, request.user, campaign, own),
        "page": page,
        "states": Submission._meta.get_field("state").choices[1:],
        "state": state,
    }
    return render(request, "campaign/submissions.html", context)


@require_http_methods(["GET", "POST"])
def submission_edit(request, kind):
    """Write one's own unit's plan or summary; save the draft, or submit it."""
    campaign, own = current_campaign(), request.user.organisation
    check_may(request.user, Permission.READ)
    if kind not in SubmissionKind.values:
        raise Http404
    check_owes(campaign, own, kind)
    present = Submission.objects.filter(campaign=campaign, organisation=own, kind=kind).first()
    check_can_write_submission(request.user, campaign, own, present)
    initial = {"text": present.text} if present else None
    form = SubmissionForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            paper = _write(request, campaign, own, kind, form.cleaned_data)
        except WrongMoment as refusal:
            # A colleague was faster: said above the form, which keeps what was typed.
            form.add_error(None, refusal.reason)
        else:
            return redirect("campaign:submission", paper.pk)
    context = {"form": form, "kind": SubmissionKind(kind), "present": present}
    return render(request, "campaign/submission_form.html", context)


def _write(request, campaign, own, kind, values) -> Submission:
    """Save the paper, and submit it where that button was pressed."""
    act = {"by": request.user, "now": request.now}
    paper = submission_services.save_submission(
        campaign=campaign,
        organisation=own,
        kind=kind,
        text=values["text"],
        upload=values["file"],
        **act,
    )
    if "submit" in request.POST:
        submission_services.submit_submission(submission=paper, **act)
        messages.success(request, _("Submitted to %(unit)s.") % {"unit": own.supervisor.name})
    else:
        messages.success(request, _("The draft was saved."))
    return paper


def _submission(request, pk):
    """The paper, in scope; a draft is nobody's business but its own unit's."""
    rows = Submission.objects.visible_to(request.user).select_related(
        "organisation__supervisor", "campaign", "reviewed_by", "file"
    )
    own_or_handed_in = Q(organisation=request.user.organisation) | ~Q(state=SubmissionState.DRAFT)
    return get_object_or_404(rows.filter(own_or_handed_in), pk=pk)


def submission(request, pk):
    """A plan or summary with its history."""
    check_may(request.user, Permission.READ)
    row = _submission(request, pk)
    context = {
        "row": row,
        "versions": row.versions.select_related("file", "submitted_by").order_by("-number"),
        "events": audit.story_of(row),
        "can_write": allowed(
            check_can_write_submission, request.user, row.campaign, row.organisation, row
        ),
        "can_review": allowed(check_can_review_submission, request.user, row),
        "form": ReviewForm(),
    }
    return render(request, "campaign/submission.html", context)


@require_POST
def submission_review(request, pk):
    """Accept or return, with the reason."""
    check_may(request.user, Permission.READ)
    row = _submission(request, pk)
    check_can_review_submission(request.user, row)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        context = {
            "row": row,
            "versions": row.versions.select_related("file", "submitted_by").order_by("-number"),
            "events": audit.story_of(row),
            "can_review": True,
            "form": form,
        }
        return render(request, "campaign/submission.html", context)
    decide = {
        "accept": submission_services.accept_submission,
        "return": submission_services.return_submission,
    }[form.cleaned_data["decision"]]
    decide(submission=row, reason=form.cleaned_data["reason"], by=request.user, now=request.now)
    messages.success(request, _("Your decision was recorded."))
    return redirect("campaign:submission", pk)


def submission_file(request, pk, file):
    """The file of a paper that one may read: of its draft, or of one of its versions."""
    check_may(request.user, Permission.READ)
    row = _submission(request, pk)
    handed_in = row.versions.values_list("file_id", flat=True)
    own = [row.file_id] if row.organisation == request.user.organisation else []
    paper = get_object_or_404(PaperFile, pk=file, pk__in=[*own, *filter(None, handed_in)])
    response = hand_out_row(paper)
    audit.record_reading(
        by=request.user, act="submission_file.downloaded", target=paper, now=request.now
    )
    return response
