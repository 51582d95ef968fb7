"""May this person, now? Plans, replies, re-checks, spot checks and secret visits."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.policies import check_may, check_second_person
from accounts.roles import Permission
from campaign.models import Activity, Campaign, Enrolment
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import (
    AcceptanceCheck,
    AcceptancePlan,
    AcceptanceResult,
    CheckReply,
    CheckState,
    FindingSource,
    Objection,
    PlanState,
    RecheckOrder,
    Reopening,
    ReplyState,
    SecretVisit,
    SpotCheck,
    SpotDraw,
    SpotState,
    Veto,
    VisitState,
)
from evaluations.models.evidence import of_province
from evaluations.policies import (
    check_can_accept,
    check_can_record_finding,
    check_can_work_for_station,
)
from evaluations.workflow import (
    DRAW,
    PLAN,
    RECHECK_ORDER,
    REOPENING,
    REPLY,
    RESULT,
    SECRET_VISIT,
    SPOT_CHECK,
    VETO,
)

# --- the plan and the pool ------------------------------------------------------------------------


def is_authority(unit: Organisation) -> bool:
    """True for units that accept stations: the prefectures and the province."""
    return unit.kind in (OrganisationKind.PREFECTURE, OrganisationKind.PROVINCE)


def check_can_keep_pool(user, authority: Organisation) -> None:
    """Keep the inspectors' pool, and the plan, of one's own authority."""
    check_may(user, Permission.ACCEPTANCE_CHECK)
    if user.organisation != authority or not is_authority(authority):
        raise Denied(
            _("The inspectors and the plan of %(authority)s are its own.")
            % {"authority": authority.name}
        )


def check_can_plan(user, plan: AcceptancePlan, now: datetime) -> None:
    """Change teams and visits while the plan is a draft."""
    check_can_keep_pool(user, plan.authority)
    plan.campaign.check_allows(Activity.ACCEPT, now)
    if plan.state != PlanState.DRAFT:
        raise WrongMoment(_("The plan is adopted; take it back first to change it."))


def check_can_adopt_plan(user, plan: AcceptancePlan, move: str) -> None:
    """Adopt the plan, or take it back (`move`: "adopted" or "withdrawn")."""
    check_can_keep_pool(user, plan.authority)
    PLAN.check(plan, move)


def check_can_set_rules(user) -> None:
    """The province sets the numbers of acceptance."""
    check_may(user, Permission.CAMPAIGN_EDIT)


# --- the reply and the re-check -------------------------------------------------------------------


def check_can_reply(user, reply: CheckReply, now: datetime) -> None:
    """Agree or object: the station, or its bureau on its behalf, until 24:00 of the last day."""
    check_can_work_for_station(user, reply.check_of.enrolment)
    REPLY.check(reply, "objected")
    if reply.is_closed(now):
        raise WrongMoment(
            _("The last day for a reply was %(day)s; the check is frozen.")
            % {"day": f"{reply.due_on:%Y-%m-%d}"}
        )


def check_can_decide_objection(user, objection: Objection) -> None:
    """The authority decides on the objection of a station that it accepts."""
    check_can_accept(user, objection.reply.check_of.enrolment)
    REPLY.check(objection.reply, "decided")
    if objection.decided_by_id is not None:
        raise WrongMoment(_("This objection is decided."))


def check_can_recheck(user, check: AcceptanceCheck, reply: CheckReply, now: datetime) -> None:
    """Record the re-check of a conditional acceptance, when the check itself is frozen."""
    check_can_accept(user, check.enrolment)
    if check.result != AcceptanceResult.CONDITIONAL:
        raise WrongMoment(_("There is no re-check to make: the result is not conditional."))
    RESULT.check(check, "mended")
    if not reply.is_closed(now):
        raise WrongMoment(_("The station may still reply to the check; the re-check comes later."))


def check_can_request_reopening(user, check: AcceptanceCheck, now: datetime) -> None:
    """Ask that a signed check be opened again."""
    check_can_accept(user, check.enrolment)
    if check.state != CheckState.SIGNED:
        raise WrongMoment(_("Sign the acceptance check off first."))
    if check.reopenings.filter(state="requested").exists():
        raise WrongMoment(_("Somebody has already asked for this; another person decides on it."))
    check.enrolment.campaign.check_allows(Activity.ACCEPT, now)


def check_can_decide_reopening(user, reopening: Reopening, now: datetime) -> None:
    """A second person of the same authority opens the check again, or refuses."""
    check_may(user, Permission.ACCEPTANCE_REOPEN)
    authority = reopening.check_of.authority
    if user.organisation != authority:
        raise Denied(
            _("The acceptance check of this station belongs to %(authority)s.")
            % {"authority": authority.name}
        )
    check_second_person(user, reopening.requested_by_id)
    REOPENING.check(reopening, "approved")
    reopening.check_of.enrolment.campaign.check_allows(Activity.ACCEPT, now)


# --- what is the province's -----------------------------------------------------------------------


def check_of_province(user, permission: str) -> None:
    """The right, in the province's own office."""
    check_may(user, permission)
    if not of_province(user):
        raise Denied(_("This is the province's work."))


def check_can_draw(user, campaign: Campaign, now: datetime) -> None:
    """Record a frame, draw from it, draw anew."""
    check_of_province(user, Permission.FINDING_RECORD)
    campaign.check_allows(Activity.SPOT_CHECK, now)


def check_can_draw_from(user, draw: SpotDraw, move: str, now: datetime) -> None:
    """Draw from a recorded frame ("drawn"), or set a draw aside for a new one ("replaced")."""
    check_can_draw(user, draw.campaign, now)
    DRAW.check(draw, move)
    if move == "replaced" and draw.spot_checks.filter(state="signed").exists():
        raise WrongMoment(_("Spot checks of this draw are signed off; it cannot be replaced."))


def check_can_read_draws(user) -> None:
    """A draw names who will be visited: the province alone reads it; its protocol is handed out."""
    check_of_province(user, Permission.READ)


def check_can_edit_spot_check(user, spot_check: SpotCheck, now: datetime) -> None:
    """Record and sign off a spot check."""
    check_of_province(user, Permission.ACCEPTANCE_CHECK)
    SPOT_CHECK.check(spot_check, "signed")
    DRAW.check(spot_check.draw, "replaced")  # a draw that was set aside is worked on no more
    spot_check.draw.campaign.check_allows(Activity.SPOT_CHECK, now)


def check_can_find_from_spot_check(user, spot_check: SpotCheck, now: datetime) -> None:
    """Make a finding of a deduction of a signed spot check."""
    check_can_record_finding(user, spot_check.enrolment, now, FindingSource.SPOT_CHECK)
    if spot_check.state != SpotState.SIGNED:
        raise WrongMoment(_("Sign the spot check off first."))


def check_can_order_recheck(user, draw: SpotDraw, authority: Organisation, now: datetime) -> None:
    """Order a prefecture whose results deviate to check again."""
    check_can_draw(user, draw.campaign, now)
    if not draw.spot_checks.filter(authority=authority, flagged=True).exists():
        raise Incomplete(_("No spot check of this prefecture is above the threshold."))
    if draw.orders.filter(authority=authority).exists():
        raise WrongMoment(_("The re-check of this prefecture is already ordered."))


def check_can_report_order(user, order: RecheckOrder) -> None:
    """The prefecture reports on a re-check that it was told to make."""
    check_can_keep_pool(user, order.authority)
    RECHECK_ORDER.check(order, "reported")


def check_can_close_order(user, order: RecheckOrder) -> None:
    """The province is satisfied with the report, or returns it."""
    check_of_province(user, Permission.FINDING_RECORD)
    check_second_person(user, order.reported_by_id)
    RECHECK_ORDER.check(order, "closed")


def check_can_visit(user, campaign: Campaign, now: datetime) -> None:
    """Enter a secret visit."""
    check_of_province(user, Permission.FINDING_RECORD)
    campaign.check_allows(Activity.SPOT_CHECK, now)


def check_can_change_visit(user, visit: SecretVisit, now: datetime) -> None:
    """Add to a visit that is not released, or release it."""
    check_can_visit(user, visit.enrolment.campaign, now)
    SECRET_VISIT.check(visit, "released")


def check_can_propose_from(visit: SecretVisit, enrolment: Enrolment) -> None:
    """A veto may rest on a visit to that station that those concerned can read."""
    if visit.enrolment_id != enrolment.pk:
        raise Incomplete(_("That secret visit was to another station."))
    if visit.state != VisitState.RELEASED:
        raise WrongMoment(_("Release the secret visit first: the station must be able to reply."))


def check_can_reply_to_veto(user, veto: Veto, now: datetime) -> None:
    """The station says what it has to say before anybody decides."""
    check_can_work_for_station(user, veto.enrolment)
    VETO.check(veto, "confirmed")
    if veto.replied_at is not None:
        raise WrongMoment(_("The station has already replied."))
    if veto.is_heard(now):
        raise WrongMoment(
            _("The last day for a reply was %(day)s.") % {"day": f"{veto.reply_due_on:%Y-%m-%d}"}
        )


def awaited(reply: CheckReply | None, now: datetime) -> bool:
    """True while the station may still say something."""
    return reply is not None and reply.state == ReplyState.AWAITED and not reply.is_closed(now)
