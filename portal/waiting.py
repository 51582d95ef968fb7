"""What has been handed in to the acting unit and waits for its decision."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import KIND_OFFICER, Permission
from campaign.models import Awaited, Campaign, Enrolment, Submission, SubmissionState
from evaluations.models import (
    Postponement,
    PostponementState,
    RectificationTask,
    Reopening,
    ReopeningState,
    TaskState,
    Veto,
    VetoState,
)
from evaluations.models.evidence import of_province

# So many single decisions at most stand on a desk; the next ones follow when these are made.
SHOWN = 20


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind; `address`: the list of exactly these."""

    label: str
    count: int
    address: str


def waiting_for(user: User, campaign: Campaign, now: datetime) -> list[Waiting]:
    """By kind, what the units right below the person's own have handed in, and nobody has decided
    yet; and one by one, what a colleague has proposed and a second person decides. Nothing for
    those who do not decide on it."""
    kinds = []
    if user.acting.role == KIND_OFFICER[user.organisation.kind]:
        kinds.append(_papers(user, campaign))
    if user.may(Permission.RECTIFICATION_REVIEW):
        kinds += _work(user, campaign)
    if user.may(Permission.VETO_DECIDE) and of_province(user):
        kinds += _vetoes(user, campaign, now)
    if user.may(Permission.ACCEPTANCE_REOPEN):
        kinds += _reopenings(user, campaign)
    return [kind for kind in kinds if kind.count]


def _papers(user, campaign) -> Waiting:
    papers = Submission.objects.filter(
        campaign=campaign, organisation__supervisor=user.organisation
    ).filter(state=SubmissionState.SUBMITTED)
    address = reverse("campaign:submissions") + f"?state={SubmissionState.SUBMITTED}"
    return Waiting(_("Plans and summaries"), papers.count(), address)


def _work(user, campaign) -> list[Waiting]:
    below = {"enrolment__station__organisation__supervisor": user.organisation}
    enrolments = Enrolment.objects.filter(
        campaign=campaign, station__organisation__supervisor=user.organisation
    )
    tasks = RectificationTask.objects.filter(enrolment__campaign=campaign, **below)
    later = Postponement.objects.filter(enrolment__campaign=campaign, **below)
    all_enrolments, all_tasks = reverse("campaign:enrolments"), reverse("evaluations:tasks")
    return [
        *(
            Waiting(
                what.label,
                enrolments.awaiting(what).count(),
                f"{all_enrolments}?awaiting={what.value}",
            )
            for what in Awaited
        ),
        Waiting(
            _("Rectifications"),
            tasks.filter(state=TaskState.SUBMITTED).count(),
            f"{all_tasks}?state={TaskState.SUBMITTED}",
        ),
        Waiting(
            _("Requests for a later day"),
            later.filter(state=PostponementState.ASKED).count(),
            f"{all_tasks}?waiting=later_day",
        ),
    ]


def _vetoes(user, campaign, now) -> list[Waiting]:
    """Proposed by somebody else, and the station was heard."""
    proposed = Veto.objects.filter(state=VetoState.PROPOSED, enrolment__campaign=campaign)
    rows = proposed.exclude(proposed_by=user).select_related("enrolment__station__organisation")
    return [
        Waiting(
            _("Veto: %(station)s") % {"station": row.enrolment.organisation.name},
            1,
            reverse("evaluations:veto", args=[row.enrolment_id]),
        )
        for row in rows.order_by("pk")
        if row.is_heard(now)
    ][:SHOWN]


def _reopenings(user, campaign) -> list[Waiting]:
    """Asked for by somebody else of the same authority."""
    asked = Reopening.objects.filter(
        state=ReopeningState.REQUESTED,
        check_of__authority=user.organisation,
        check_of__enrolment__campaign=campaign,
    ).exclude(requested_by=user)
    rows = asked.select_related("check_of__enrolment__station__organisation").order_by("pk")
    return [
        Waiting(
            _("Open a check again: %(station)s")
            % {"station": row.check_of.enrolment.organisation.name},
            1,
            reverse("evaluations:check", args=[row.check_of.enrolment_id]),
        )
        for row in rows[:SHOWN]
    ]
