"""May this person, now? Each check raises a refusal with its reason.

Two questions stay apart: whose work it is (role and place along supervision) and whether the
moment allows it (the campaign's phase, the state of the thing).
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from accounts.policies import check_may, check_second_person
from accounts.roles import Permission
from campaign.models import Activity, Campaign, Enrolment
from common.errors import Denied, WrongMoment, allowed
from evaluations.models import (
    AcceptanceCheck,
    CheckScore,
    CheckState,
    Commitment,
    CommitmentState,
    Evidence,
    Finding,
    FindingSource,
    InspectionState,
    RectificationTask,
    SelfInspection,
    Veto,
)
from evaluations.models.evidence import of_province
from evaluations.workflow import COMMITMENT, INSPECTION, TASK, VETO

# --- reading --------------------------------------------------------------------------------------


def check_can_read(user) -> None:
    """Those who read business data; scope is the querysets' part."""
    check_may(user, Permission.READ)


def check_can_read_acceptance(user, enrolment: Enrolment, check: AcceptanceCheck | None) -> None:
    """A signed check is open to everybody in scope; a draft only to the authority and above."""
    check_can_read(user)
    if check is not None and check.state == CheckState.SIGNED:
        return
    if not user.organisation.covers(enrolment.acceptance_authority):
        raise Denied(
            _("This acceptance check is made by %(authority)s and can be read after sign-off.")
            % {"authority": enrolment.acceptance_authority.name}
        )


def check_can_read_evidence(user, evidence: Evidence) -> None:
    """Files of an unsigned acceptance check are as closed as the check itself."""
    check_can_read(user)
    score = CheckScore.objects.filter(evidence=evidence).select_related("check_of").first()
    if score is not None:
        check_can_read_acceptance(user, evidence.enrolment, score.check_of)


# --- the standard ---------------------------------------------------------------------------------


def check_can_set_standard(user, campaign: Campaign) -> None:
    """The province sets the standard, until somebody has worked by it."""
    check_may(user, Permission.CAMPAIGN_EDIT)
    used = (
        SelfInspection.objects.filter(enrolment__campaign=campaign).exists()
        or AcceptanceCheck.objects.filter(enrolment__campaign=campaign).exists()
    )
    if used:
        raise WrongMoment(
            _("Stations have already been inspected by the standard in force; it stays as it is.")
        )


# --- the station's own work -----------------------------------------------------------------------


def is_above(user, enrolment: Enrolment) -> bool:
    """True when the acting organisation stands above the station."""
    own, station = user.organisation, enrolment.organisation
    return own.covers(station) and own != station


def check_can_work_for_station(user, enrolment: Enrolment) -> None:
    """The station's own people, or the bureau right above it on its behalf."""
    check_may(user, Permission.STATION_WORK)
    if user.organisation not in (enrolment.organisation, enrolment.bureau):
        raise Denied(
            _("Only %(station)s itself, or %(bureau)s on its behalf, may do this.")
            % {"station": enrolment.organisation.name, "bureau": enrolment.bureau.name}
        )


def check_can_commit(user, enrolment: Enrolment, now: datetime) -> None:
    """Write and publish commitments."""
    check_can_work_for_station(user, enrolment)
    enrolment.campaign.check_allows(Activity.COMMIT, now)


def check_can_change_commitment(user, commitment: Commitment, now: datetime) -> None:
    """Change or delete a commitment that the public has not yet been shown."""
    check_can_commit(user, commitment.enrolment, now)
    COMMITMENT.check(commitment, "submitted")


def check_can_review_commitments(user, enrolment: Enrolment, handed_in: list, now) -> None:
    """The bureau above puts commitments in force or returns them; nobody what they handed in."""
    for commitment in handed_in:
        check_reviewer(user, enrolment, commitment.submitted_by_id)
    if not handed_in:
        check_reviewer(user, enrolment, None)
        raise WrongMoment(_("The station has handed in no commitment."))
    enrolment.campaign.check_allows(Activity.COMMIT, now)


def check_can_record_fulfilment(user, commitment: Commitment, now: datetime) -> None:
    """Write down whether a published commitment is kept: the station itself and all above it."""
    check_may(user, Permission.FINDING_RECORD)
    commitment.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    if commitment.state != CommitmentState.PUBLISHED:
        raise WrongMoment(_("Only a published commitment can be kept or broken."))


def check_can_self_inspect(
    user, enrolment: Enrolment, inspection: SelfInspection | None, now: datetime
) -> None:
    """Write and submit the self-inspection."""
    check_can_work_for_station(user, enrolment)
    enrolment.campaign.check_allows(Activity.SELF_INSPECT, now)
    if inspection is not None and not INSPECTION.allows(inspection, "submitted"):
        raise WrongMoment(_("The self-inspection is submitted; it can be changed when returned."))


def check_can_attach(user, enrolment: Enrolment) -> None:
    """Add files: those who work for the station, record findings in their area, or accept it."""
    if allowed(check_can_work_for_station, user, enrolment):
        return
    if not (
        user.may(Permission.FINDING_RECORD) and user.organisation.covers(enrolment.organisation)
    ):
        check_can_accept(user, enrolment)


# --- review by somebody else ----------------------------------------------------------------------


def check_reviewer(user, enrolment: Enrolment, submitted_by_id) -> None:
    """Somebody above the station, and not the person who submitted the work."""
    check_may(user, Permission.RECTIFICATION_REVIEW)
    if not is_above(user, enrolment):
        raise Denied(_("Nobody accepts their own unit's work; the bureau above the station does."))
    if submitted_by_id == user.pk:
        raise Denied(
            _("You submitted this yourself; somebody else of your bureau has to decide on it.")
        )


def check_can_review_self_inspection(
    user, enrolment: Enrolment, inspection: SelfInspection | None, now: datetime
) -> None:
    """Accept or return a self-inspection."""
    check_reviewer(user, enrolment, inspection.submitted_by_id if inspection else None)
    enrolment.campaign.check_allows(Activity.SELF_INSPECT, now)
    if inspection is None:
        raise WrongMoment(_("The station has not yet submitted its self-inspection."))
    INSPECTION.check(inspection, "accepted")


def check_can_review_task(user, task: RectificationTask, now: datetime) -> None:
    """Accept or return a rectification."""
    check_reviewer(user, task.enrolment, task.submitted_by_id)
    task.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    TASK.check(task, "accepted")


# --- findings and tasks ---------------------------------------------------------------------------


def sources_for(user, enrolment: Enrolment) -> list[str]:
    """From which sources the person may record findings at this station."""
    if not user.may(Permission.FINDING_RECORD):
        return []
    sources = [
        FindingSource.OPINION,
        FindingSource.COMPLAINT,
        FindingSource.MEETING,
        FindingSource.SURVEY,
        FindingSource.COMMITMENT,
    ]
    if user.organisation in (enrolment.organisation, enrolment.bureau):
        sources.insert(0, FindingSource.SELF_INSPECTION)
    if allowed(check_can_accept, user, enrolment):
        sources.append(FindingSource.ACCEPTANCE)
    # Spot checks and secret visits are the province's (notice part 6 (2)).
    if user.organisation.kind == OrganisationKind.PROVINCE:
        sources += [FindingSource.SPOT_CHECK, FindingSource.SECRET_VISIT]
    return sources


def check_can_record_finding(
    user, enrolment: Enrolment, now: datetime, source: str | None = None
) -> None:
    """Record a finding; with `source`, one from that source."""
    check_may(user, Permission.FINDING_RECORD)
    if source is not None and source not in sources_for(user, enrolment):
        label = FindingSource(source).label
        raise Denied(_("Your unit does not record findings from: %(source)s.") % {"source": label})
    enrolment.campaign.check_allows(Activity.RECTIFY, now)


def check_can_find_from_self_inspection(user, inspection: SelfInspection, now: datetime) -> None:
    """Make a finding of what a submitted self-inspection says."""
    check_can_record_finding(user, inspection.enrolment, now, FindingSource.SELF_INSPECTION)
    if inspection.state not in (InspectionState.SUBMITTED, InspectionState.ACCEPTED):
        raise WrongMoment(_("Submit the self-inspection first."))


def check_can_find_from_check(user, check: AcceptanceCheck, now: datetime) -> None:
    """Make a finding of a deduction of a signed acceptance check."""
    check_can_record_finding(user, check.enrolment, now, FindingSource.ACCEPTANCE)
    if check.state != CheckState.SIGNED:
        raise WrongMoment(_("Sign the acceptance check off first."))


def check_can_assign(user, finding: Finding, now: datetime) -> None:
    """Dispatch a finding as a rectification task."""
    check_may(user, Permission.FINDING_RECORD)
    finding.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    if RectificationTask.objects.filter(finding=finding).exists():
        raise WrongMoment(_("This finding is already dispatched as a rectification task."))


def check_can_rectify(user, task: RectificationTask, now: datetime, move: str) -> None:
    """Start or submit a rectification (`move`: "started" or "submitted")."""
    check_can_work_for_station(user, task.enrolment)
    task.enrolment.campaign.check_allows(Activity.RECTIFY, now)
    TASK.check(task, move)


# --- acceptance -----------------------------------------------------------------------------------


def check_can_accept(user, enrolment: Enrolment) -> None:
    """Whether acceptance of this station is the person's at all."""
    check_may(user, Permission.ACCEPTANCE_CHECK)
    authority = enrolment.acceptance_authority
    if user.organisation != authority:
        raise Denied(
            _("The acceptance check of this station belongs to %(authority)s.")
            % {"authority": authority.name}
        )


def check_can_edit_check(
    user, enrolment: Enrolment, check: AcceptanceCheck | None, now: datetime
) -> None:
    """Record and sign off the acceptance check."""
    check_can_accept(user, enrolment)
    if check is not None and check.state == CheckState.SIGNED:
        raise WrongMoment(_("This acceptance check is signed off; it cannot be changed any more."))
    enrolment.campaign.check_allows(Activity.ACCEPT, now)


# --- veto -----------------------------------------------------------------------------------------


def check_can_propose_veto(user, enrolment: Enrolment) -> None:
    """Propose a veto; one at a time per enrolment."""
    check_may(user, Permission.VETO_PROPOSE)
    if enrolment.vetoes.filter(state__in=("proposed", "in_effect")).exists():
        raise WrongMoment(_("A veto is already proposed or in effect for this station."))


def check_can_decide_veto(user, veto: Veto, now: datetime) -> None:
    """Confirm or reject a veto: a second person of the province, when the station was heard."""
    _check_decides_vetoes(user, veto)
    VETO.check(veto, "confirmed")
    if not veto.is_heard(now):
        raise WrongMoment(
            _("The station may reply until %(day)s; decide after its reply or after that day.")
            % {"day": f"{veto.reply_due_on:%Y-%m-%d}"}
        )


def check_can_lift_veto(user, veto: Veto) -> None:
    """Lift a veto that is in effect."""
    _check_decides_vetoes(user, veto)
    VETO.check(veto, "lifted")


def _check_decides_vetoes(user, veto: Veto) -> None:
    check_may(user, Permission.VETO_DECIDE)
    if not of_province(user):
        raise Denied(_("The province decides on vetoes."))
    check_second_person(user, veto.proposed_by_id)


# --- whole batches --------------------------------------------------------------------------------


def check_can_record_many(
    user, campaign: Campaign, enrolments, activity: str, now: datetime, check_one
) -> None:
    """Record for many stations at once: the administrator of the campaign for all in scope,
    everybody else where `check_one(user, enrolment)` allows each. Asks the database once."""
    campaign.check_allows(activity, now)
    importing = user.may(Permission.CAMPAIGN_EDIT)
    for enrolment in enrolments:
        if enrolment.campaign_id != campaign.pk or not user.organisation.covers(
            enrolment.organisation
        ):
            raise Denied(_("A station of this batch lies outside your area or campaign."))
        if not importing:
            check_one(user, enrolment)
