"""What the audit trail vouches for: the standard, promises, self-inspections, voices, meetings,
mending, checks, draws, visits, vetoes, and the rules of all these."""

from accounts.vouching import vouch_for
from evaluations.models import (
    AcceptanceCheck,
    AcceptancePlan,
    AcceptanceRules,
    CheckReply,
    Commitment,
    ContactRetention,
    Evidence,
    Finding,
    Inspector,
    MeetingQuestion,
    MeetingReport,
    Opinion,
    OpinionExtension,
    OpinionFile,
    Postponement,
    RecheckOrder,
    RectificationRule,
    RectificationTask,
    Reopening,
    ReviewMeeting,
    SavedFilter,
    SecretVisit,
    SelfInspection,
    SpotCheck,
    SpotDraw,
    Standard,
    TermRule,
    Veto,
)

vouch_for(Standard, "areas", "areas__criteria")
vouch_for(Evidence, file=("file", "sha256"))
vouch_for(SavedFilter)

vouch_for(Commitment, "fulfilments", "fulfilments__evidence")
vouch_for(SelfInspection, "items", "items__evidence", but=("version",))

# A digest of who complained, or of how a file was called, would outlive the erasure of the name.
vouch_for(Opinion, "answers", "transfers", but=("finding_id",))
vouch_for(OpinionExtension)
vouch_for(OpinionFile, but=("name",), file=("file", "sha256"))
vouch_for(TermRule)
vouch_for(ContactRetention)
vouch_for(ReviewMeeting, "delegates")
vouch_for(MeetingReport)
vouch_for(MeetingQuestion, but=("finding_id",))

vouch_for(Finding, "evidence", "similar")
vouch_for(RectificationTask, "evidence")
vouch_for(Postponement)
vouch_for(RectificationRule)

vouch_for(AcceptanceRules)
vouch_for(Inspector)
vouch_for(AcceptancePlan, "teams", "teams__members", "visits")
vouch_for(
    AcceptanceCheck,
    "inspectors",
    "scores",
    "scores__evidence",
    "rechecks",
    "rechecks__evidence",
    "site_changes",
)
vouch_for(CheckReply, "objections", "objections__evidence", but=("reminded_until",))
vouch_for(Reopening, "former")
# The event that tells of the frame cannot know its own number.
vouch_for(SpotDraw, but=("framed_event",))
vouch_for(SpotCheck, "inspectors", "scores", "scores__evidence")
vouch_for(RecheckOrder)
vouch_for(SecretVisit, "observations", "observations__evidence", but=("observations__finding_id",))
vouch_for(Veto, "reply_evidence", "withdrawal", but=("reminded_until",))
