"""Opinions and complaints (意见、投诉): taken in, decided on, and who said them."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, Enrolment
from common import codes
from common.errors import Incomplete, WrongMoment
from common.uploads import CheckedFile
from evaluations.models import (
    Commitment,
    Complainant,
    Opinion,
    OpinionChannel,
    OpinionFile,
    TermStep,
    VoiceGroup,
)
from evaluations.opinion_policies import (
    check_campaign_hears,
    check_can_enter,
    check_can_handle,
    check_can_issue_code,
    check_can_reveal,
)
from evaluations.services.opinion_terms import DECIDING, meet_clocks, start_clock
from evaluations.workflow import OPINION

_ROOM = "opinions"


def handler_for(target: Organisation | None, concerns_bureau: bool = False) -> Organisation:
    """Who handles what is said of `target` (None: the campaign as a whole): the unit right above
    it, or the next one up where that unit is said to be involved too (`concerns_bureau`)."""
    if target is None or target.supervisor is None:
        return Organisation.objects.get(kind=OrganisationKind.PROVINCE)
    handler = target.supervisor
    if concerns_bureau and handler.supervisor is not None:
        handler = handler.supervisor
    return handler


@transaction.atomic
def receive_opinion(
    *,
    campaign: Campaign,
    target: Organisation | None,
    kind: str,
    text: str,
    key: str,
    now: datetime,
    group: str = VoiceGroup.PUBLIC,
    concerns_bureau: bool = False,
    name: str = "",
    phone: str = "",
    commitment: Commitment | None = None,
    files: Sequence[CheckedFile] = (),
    channel: str = OpinionChannel.ONLINE,
    by=None,
) -> tuple[Opinion, str]:
    """Take in an opinion or complaint: the row and its query code, which is told once and stored
    as a keyed hash only. The same `key` (`codes.new_key`) again gives the same row and code.

    With a `name` it is a named one. Raises `WrongMoment` when the campaign is not open.
    """
    check_campaign_hears(campaign)
    if by is not None:
        check_can_enter(by, campaign, target)
    if sent_before := _sent_before(key):
        return sent_before
    if target is not None and target.supervisor_id is None:
        target = None
    code = codes.code_of(codes.macs(_ROOM, "code", key)[0])
    opinion, created = Opinion.objects.get_or_create(
        key_digest=codes.digests(_ROOM, "key", key)[0],
        defaults={
            "campaign": campaign,
            "target": target,
            "enrolment": _enrolment(campaign, target),
            "handler": handler_for(target, concerns_bureau),
            "kind": kind,
            "channel": channel,
            "group": group,
            "text": text.strip(),
            "named": bool(name.strip()),
            "concerns_bureau": concerns_bureau,
            "received_at": now,
            "commitment": commitment,
            "entered_by": by,
            "code_digest": codes.digests(_ROOM, "query-code", code)[0],
        },
    )
    if not created:
        return opinion, code
    if opinion.named:
        Complainant.objects.create(opinion=opinion, name=name.strip(), phone=phone.strip())
    kept = [_keep_file(opinion, file) for file in files]
    start_clock(opinion, TermStep.TRANSFER, now)
    start_clock(opinion, TermStep.TELL, now)
    audit.record(
        by=by,
        act="opinion.received",
        target=opinion,
        now=now,
        after={"kind": kind, "channel": channel, "named": opinion.named, "files": len(files)},
        rows=kept,
    )
    return opinion, code


def opinion_of_code(typed: str) -> Opinion | None:
    """The opinion of a query code; None for every wrong code alike."""
    code = codes.cleaned(typed)
    if code is None:
        return None
    digests = codes.digests(_ROOM, "query-code", code)
    return Opinion.objects.with_units().filter(code_digest__in=digests).first()


@transaction.atomic
def accept_opinion(
    *, opinion: Opinion, by, now: datetime, reason: str = "", commitment: Commitment | None = None
) -> Opinion:
    """Take it up: the clock for finishing it starts. `commitment`: the promise that it touches."""
    check_can_handle(by, opinion, "accepted")
    OPINION.apply(
        opinion,
        "accepted",
        by=by,
        now=now,
        reason=reason.strip(),
        decided_by=by,
        decided_at=now,
        decision_reason=reason.strip(),
    )
    meet_clocks(opinion, DECIDING, now)
    start_clock(opinion, TermStep.FINISH, now)
    if commitment is not None:
        link_commitment(opinion=opinion, commitment=commitment, by=by, now=now)
    return opinion


@transaction.atomic
def decline_opinion(*, opinion: Opinion, reason: str, by, now: datetime) -> Opinion:
    """Not in remit: the reason, and where it belongs, are told with the code."""
    check_can_handle(by, opinion, "declined")
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    OPINION.apply(
        opinion,
        "declined",
        by=by,
        now=now,
        reason=reason.strip(),
        decided_by=by,
        decided_at=now,
        decision_reason=reason.strip(),
    )
    meet_clocks(opinion, DECIDING, now)
    return opinion


@transaction.atomic
def link_commitment(
    *, opinion: Opinion, commitment: Commitment | None, by, now: datetime
) -> Opinion:
    """Say which promise of the station it touches (None: none)."""
    check_can_handle(by, opinion)
    if commitment is not None and commitment.enrolment_id != opinion.enrolment_id:
        raise Incomplete(_("This promise belongs to another station."))
    before = opinion.commitment_id
    Opinion.objects.filter(pk=opinion.pk).update(commitment=commitment)
    opinion.commitment = commitment
    audit.record(
        by=by,
        act="opinion.linked",
        target=opinion,
        now=now,
        before={"commitment": before},
        after={"commitment": opinion.commitment_id},
    )
    return opinion


@transaction.atomic
def reveal_complainant(*, opinion: Opinion, reason: str, by, now: datetime) -> Complainant:
    """Name and phone of who said it, for the handling unit; the reading is recorded."""
    check_can_reveal(by, opinion)
    if not reason.strip():
        raise Incomplete(_("Say what you need the name for."))
    audit.record(by=by, act="complainant.read", target=opinion, now=now, reason=reason.strip())
    return opinion.complainant


@transaction.atomic
def read_file(*, file: OpinionFile, by, now: datetime) -> OpinionFile:
    """A file for the handling unit. It may show who said it, so the reading is recorded."""
    check_can_handle(by, file.opinion)
    if file.erased_at:
        raise WrongMoment(_("This file was erased; the time for which it was kept is over."))
    audit.record(
        by=by, act="opinion_file.read", target=file.opinion, now=now, after={"file": file.pk}
    )
    return file


@transaction.atomic
def issue_code(*, opinion: Opinion, by, now: datetime) -> str:
    """A new query code for who spoke on paper or in a meeting; the one before it ends."""
    check_can_issue_code(by, opinion)
    code = codes.code_of(codes.macs(_ROOM, "code", codes.new_key())[0])
    Opinion.objects.filter(pk=opinion.pk).update(
        code_digest=codes.digests(_ROOM, "query-code", code)[0]
    )
    audit.record(by=by, act="opinion.code_issued", target=opinion, now=now)
    return code


def names_the_complainant(opinion: Opinion, text: str) -> bool:
    """True when `text`, which the station will read, holds the complainant's name or phone."""
    if not opinion.named:
        return False
    person = opinion.complainant
    return any(word and word in text for word in (person.name, person.phone))


def _sent_before(key):
    """The row that an earlier sending of the same form made, with its code; else None."""
    for place, digest in enumerate(codes.digests(_ROOM, "key", key)):
        if opinion := Opinion.objects.filter(key_digest=digest).first():
            return opinion, codes.code_of(codes.macs(_ROOM, "code", key)[place])
    return None


def _enrolment(campaign, target) -> Enrolment | None:
    if target is None or target.kind != OrganisationKind.STATION:
        return None
    return Enrolment.objects.filter(campaign=campaign, station__organisation=target).first()


def _keep_file(opinion, checked) -> OpinionFile:
    row = OpinionFile(
        opinion=opinion,
        name=checked.name,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=checked.sha256,
    )
    row.file.save(checked.name, ContentFile(checked.content), save=True)
    return row
