"""Casting ballots. What is acknowledged is stored, what is stored is counted, once.

No audit event is written for a single ballot, on purpose: the trail is ordered and carries the time
of day, so an event beside each ballot would tell when it came, and with the trail of sign-ins or a
web log also who gave it. The ballots themselves are the record. A batch entered by an officer
leaves one event.

Rows written in one transaction (a ballot, its comment, its receipt, the code it spends) share
PostgreSQL's `xmin` until they are written anew among others: see mixing.py and docs/surveys.md.
"""

import secrets
from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Activity, Campaign, Enrolment
from common import clock
from common.errors import Incomplete, Refusal, WrongMoment
from surveys import codes, receipts
from surveys.layout import Layout, layout_of
from surveys.models import (
    Ballot,
    BallotBatch,
    BatchState,
    Channel,
    Invitation,
    InvitationState,
    Questionnaire,
    Receipt,
    SurveyComment,
)
from surveys.policies import check_can_import_ballots, survey_phases
from surveys.validity import is_valid, pack, unpack

BATCH = 2_000
COMMENT_LENGTH = 1_000


def receipt_of(enrolment_id: int, key: str) -> str | None:
    """The receipt code of the ballot that the form with this key has given; None before. A form
    of no station known (0) has given none, and is looked up like any other."""
    digests = receipts.key_digests(enrolment_id, key)
    known = Ballot.objects.filter(key_digest__in=digests).values_list("key_digest", flat=True)
    digest = known.first()
    if digest is None:
        return None
    return receipts.receipt_code(enrolment_id, key, at=digests.index(digest))


class CodeFacts(NamedTuple):
    """What the box knows of a one-time code; zeros for an unknown one."""

    batch_id: int
    enrolment_id: int
    usable: bool


def facts_of(code: str) -> CodeFacts:
    """Read by one query that costs a used and an unknown code the same: who tries codes learns
    nothing by the time."""
    row = (
        Invitation.objects.filter(code_digest__in=codes.code_digests(code))
        .values_list("batch_id", "batch__enrolment_id", "state", "batch__state")
        .first()
    )
    batch_id, enrolment_id, state, batch_state = row or (0, 0, "", "")
    usable = state == InvitationState.ISSUED and batch_state == BatchState.OPEN
    return CodeFacts(batch_id, enrolment_id, usable)


def batch_to_answer(batch_id: int) -> BallotBatch:
    """A batch with all that the pages of its questionnaire show, in one query."""
    return BallotBatch.objects.select_related(
        "enrolment__campaign",
        "enrolment__station__organisation__supervisor__supervisor__supervisor",
    ).get(pk=batch_id)


def cast_ballot(
    *,
    enrolment: Enrolment,
    group: str,
    answers: dict[int, str],
    comment: str,
    channel: str,
    key: str,
    now: datetime,
    code: str | None = None,
    marks: str = "",
) -> str:
    """Put one ballot into the box and return the receipt code (16 characters).

    `answers`: question number → option's number as text; texts go into `comment`. `code`: the
    one-time code that it spends (channel "code"); its batch may give the group. `marks`: letters of
    `Mark`. The same `key` again, at the same time or later, also after the window has closed, gives
    the same receipt and no second ballot. Raises `WrongMoment` outside the window (24:00 is 24:00)
    and for a code that is spent, void or unknown; `Incomplete` when the group or a required answer
    lacks, ValueError for answers that the form cannot give.
    """
    # The unique column of the ballot knows a form under the present secret only.
    if settings.SECRET_KEY_FALLBACKS and (before := receipt_of(enrolment.pk, key)):
        return before
    try:
        with transaction.atomic():
            _hold_open(enrolment.campaign, now)
            questionnaire = _in_force(enrolment.campaign)
            layout = layout_of(questionnaire)
            packed = pack(answers, layout)
            batch = _spend(code, enrolment) if channel == Channel.CODE else None
            if batch and batch.group:
                group = batch.group
            _check_complete(group, answers, layout)
            Ballot.objects.create(
                id=random_id(),
                enrolment=enrolment,
                questionnaire=questionnaire,
                group=group,
                answers=packed,
                channel=channel,
                day=clock.today(now),
                valid=is_valid(packed, layout, layout.valid_share),
                batch=batch,
                marks=marks,
                key_digest=receipts.key_digest(enrolment.pk, key),
            )
            receipt = receipts.receipt_code(enrolment.pk, key)
            Receipt.objects.create(
                id=random_id(),
                campaign=enrolment.campaign,
                code_digest=receipts.code_digest(receipt),
            )
            text = comment.strip()[:COMMENT_LENGTH]
            if text:
                SurveyComment.objects.create(id=random_id(), enrolment=enrolment, text=text)
    except (IntegrityError, Refusal):
        # The same form, sent before or twice at once (RACE): the ballot is in the box already.
        before = receipt_of(enrolment.pk, key)
        if before is None:
            raise
        return before
    return receipt


def _spend(code: str | None, enrolment: Enrolment) -> BallotBatch:
    """Mark the code as used, by compare-and-set: of many phones at once, one. Its batch."""
    digests = codes.code_digests(code or "")
    live = Invitation.objects.filter(code_digest__in=digests, state=InvitationState.ISSUED)
    # The batch's row first: mixing holds it while it writes the codes anew.
    batch = (
        BallotBatch.objects.select_for_update(no_key=True)
        .filter(pk__in=live.values("batch"), enrolment=enrolment, state=BatchState.OPEN)
        .first()
    )
    won = batch and live.update(state=InvitationState.USED)
    if not won:
        raise WrongMoment(_("This code cannot be used: it is unknown, or was used already."))
    return batch


@transaction.atomic
def cast_ballots(*, rows: Iterable[tuple[int, str, str, str, date]], by, now: datetime) -> int:
    """Put many ballots into the box and return their number: all or none.

    For ballots without a batch, such as those of a former system; the province's only.

    `rows`: (enrolment id, group, packed answers, channel, day). They get random ids and are written
    in the order of these, which says nothing of the order in which they came; nobody holds a form
    of theirs, so they have no receipts. Raises `Denied`, `WrongMoment` for a day outside the
    window, `Incomplete` with the number of the row at fault. One audit event for the batch.
    """
    rows = list(rows)
    enrolments = dict(Enrolment.objects.values_list("pk", "campaign_id"))
    campaigns = Campaign.objects.in_bulk({enrolments[r[0]] for r in rows if r[0] in enrolments})
    boxes = {}
    for campaign in campaigns.values():
        check_can_import_ballots(by, campaign)
        boxes[campaign.pk] = Box(campaign, now)
    ballots = []
    for number, (enrolment_id, *row) in enumerate(rows, 1):
        if enrolment_id not in enrolments:
            raise Incomplete(_("Row %(row)s: the station is not enrolled.") % {"row": number})
        box = boxes[enrolments[enrolment_id]]
        ballots.append(box.ballot(number, enrolment_id, *row))
    put_in(ballots)
    for campaign in campaigns.values():
        count = sum(enrolments[row[0]] == campaign.pk for row in rows)
        audit.record(
            by=by, act="ballots.entered", target=campaign, now=now, after={"ballots": count}
        )
    return len(ballots)


def random_id() -> int:
    """A row's id by chance: neither its size nor SQLite's row order tells when the row came."""
    return secrets.randbits(62)


def put_in(ballots: list[Ballot]) -> None:
    """Write ballots in the order of their random ids, which says nothing of how they came."""
    ballots.sort(key=lambda ballot: ballot.id)
    Ballot.objects.bulk_create(ballots, batch_size=BATCH)


class Box:
    """What the rows of one campaign are checked against; equal answers are checked once."""

    def __init__(self, campaign: Campaign, now: datetime):
        self.layout = layout_of(_in_force(campaign))
        self.groups = {group.code for group in self.layout.groups}
        today = clock.today(now)
        self.periods = [
            (phase.starts_on, min(phase.ends_on, today)) for phase in survey_phases(campaign)
        ]
        self._validity: dict[str, bool] = {}

    def ballot(self, number, enrolment_id, group, packed, channel, day, batch=None) -> Ballot:
        """The ballot of a row, not yet written. Raises like `cast_ballots`."""
        return Ballot(
            id=random_id(),
            enrolment_id=enrolment_id,
            questionnaire_id=self.layout.pk,
            group=group,
            answers=packed,
            channel=channel,
            day=day,
            valid=self.valid(number, group, packed, channel, day),
            batch=batch,
            key_digest=secrets.token_hex(16),
        )

    def valid(self, number, group, packed, channel, day) -> bool:
        if group not in self.groups:
            raise Incomplete(
                _("Row %(row)s: “%(value)s” is no respondent group.")
                % {"row": number, "value": group}
            )
        if channel not in Channel.values:
            raise Incomplete(
                _("Row %(row)s: “%(value)s” is no channel.") % {"row": number, "value": channel}
            )
        if not any(first <= day <= last for first, last in self.periods):
            raise WrongMoment(
                _("Row %(row)s: on %(day)s the questionnaire was not open.")
                % {"row": number, "day": day}
            )
        if packed not in self._validity:
            try:
                unpack(packed, self.layout)
            except ValueError:
                raise Incomplete(
                    _("Row %(row)s: the answers “%(value)s” do not fit the questionnaire.")
                    % {"row": number, "value": packed}
                ) from None
            self._validity[packed] = is_valid(packed, self.layout, self.layout.valid_share)
        return self._validity[packed]


def _hold_open(campaign: Campaign, now: datetime) -> None:
    """Refuse outside the window, and keep the campaign from closing until this ballot is stored.

    Close is a line: whoever closes the campaign changes its row, and PostgreSQL makes that wait
    for the shared locks that running ballots hold on it, and ballots wait for the closing; each
    then sees the state that the other left. A `select_for_update` would do as well, but would queue
    all ballots of the province behind one another. SQLite's writers queue anyway.
    """
    campaign = copy(campaign)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM campaign_campaign WHERE id = %s FOR SHARE", [campaign.pk]
            )
            (campaign.state,) = cursor.fetchone()
    else:
        campaign.state = Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk)
    campaign.check_allows(Activity.QUESTIONNAIRE, now)


def _in_force(campaign: Campaign) -> Questionnaire:
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        raise WrongMoment(_("There is no questionnaire yet."))
    return questionnaire


def _check_complete(group: str, answers: dict[int, str], layout: Layout) -> None:
    if layout.group(group) is None:
        raise Incomplete(_("Please choose who you are."))
    for item in layout.packed:
        if item.required and item.number not in answers:
            raise Incomplete(_("Please answer question %(number)s.") % {"number": item.number})
