"""Casting ballots. What is acknowledged is stored, what is stored is counted, once.

No audit event is written for a single ballot, on purpose: the trail is ordered and carries the time
of day, so an event beside each ballot would tell when it came, and with the trail of sign-ins or a
web log also who gave it. The ballots themselves are the record. A batch entered by an officer
leaves one event.

What somebody who holds the database could still see: rows written in one transaction (a ballot, its
comment, its receipt) share PostgreSQL's `xmin` until the rows are rewritten.
"""

import secrets
from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Activity, Campaign, Enrolment
from common import clock
from common.errors import Incomplete, WrongMoment
from surveys import receipts
from surveys.layout import Layout, layout_of
from surveys.models import Ballot, Channel, Questionnaire, Receipt, SurveyComment
from surveys.policies import check_can_import_ballots, survey_phases
from surveys.validity import is_valid, pack, unpack

BATCH = 2_000
COMMENT_LENGTH = 1_000


def receipt_of(enrolment: Enrolment, key: str) -> str | None:
    """The receipt code of the ballot that the form with this key has given; None before."""
    digests = receipts.key_digests(enrolment.pk, key)
    known = Ballot.objects.filter(key_digest__in=digests).values_list("key_digest", flat=True)
    digest = known.first()
    if digest is None:
        return None
    return receipts.receipt_code(enrolment.pk, key, at=digests.index(digest))


@transaction.atomic
def cast_ballot(
    *,
    enrolment: Enrolment,
    group: str,
    answers: dict[int, str],
    comment: str,
    channel: str,
    key: str,
    now: datetime,
) -> str:
    """Put one ballot into the box and return the receipt code (16 characters).

    `answers`: question number → option's number as text; texts go into `comment`. The same `key`
    again, at the same time or later, also after the window has closed, gives the same receipt and
    no second ballot. Raises `WrongMoment` outside the window (24:00 is 24:00), `Incomplete` when
    the group or a required answer lacks, ValueError for answers that the form cannot give.
    """
    receipt = receipt_of(enrolment, key)
    if receipt:
        return receipt
    _hold_open(enrolment.campaign, now)
    questionnaire = _in_force(enrolment.campaign)
    layout = layout_of(questionnaire)
    packed = pack(answers, layout)
    _check_complete(group, answers, layout)
    try:
        # A savepoint: on a lost race PostgreSQL would refuse every further statement without it.
        with transaction.atomic():
            Ballot.objects.create(
                id=random_id(),
                enrolment=enrolment,
                questionnaire=questionnaire,
                group=group,
                answers=packed,
                channel=channel,
                day=clock.today(now),
                valid=is_valid(packed, layout, layout.valid_share),
                key_digest=receipts.key_digest(enrolment.pk, key),
            )
    except IntegrityError:
        # RACE: the same form, sent twice at once; the other request has the ballot.
        receipt = receipt_of(enrolment, key)
        if receipt is None:
            raise
        return receipt
    code = receipts.receipt_code(enrolment.pk, key)
    Receipt.objects.create(
        id=random_id(),
        campaign=enrolment.campaign,
        code_digest=receipts.code_digest(code),
        day=clock.today(now),
    )
    text = comment.strip()[:COMMENT_LENGTH]
    if text:
        SurveyComment.objects.create(id=random_id(), enrolment=enrolment, text=text)
    return code


@transaction.atomic
def cast_ballots(*, rows: Iterable[tuple[int, str, str, str, date]], by, now: datetime) -> int:
    """Put many ballots into the box and return their number: all or none.

    `rows`: (enrolment id, group, packed answers, channel, day). They get random ids and are written
    in the order of these, which says nothing of the order in which they came; nobody holds a form
    of theirs, so they have no receipts. Raises `Denied`, `WrongMoment` for a day outside the
    window, `Incomplete` with the number of the row at fault. One audit event for the batch.
    """
    rows = list(rows)
    enrolments = dict(Enrolment.objects.values_list("pk", "campaign_id"))
    campaigns = Campaign.objects.in_bulk({enrolments[r[0]] for r in rows if r[0] in enrolments})
    boxes = {pk: _Box(campaign, by, now) for pk, campaign in campaigns.items()}
    ballots = []
    for number, (enrolment_id, group, packed, channel, day) in enumerate(rows, 1):
        if enrolment_id not in enrolments:
            raise Incomplete(_("Row %(row)s: the station is not enrolled.") % {"row": number})
        box = boxes[enrolments[enrolment_id]]
        valid = box.valid(number, group, packed, channel, day)
        ballots.append(
            Ballot(
                id=random_id(),
                enrolment_id=enrolment_id,
                questionnaire_id=box.layout.pk,
                group=group,
                answers=packed,
                channel=channel,
                day=day,
                valid=valid,
                key_digest=secrets.token_hex(16),
            )
        )
    ballots.sort(key=lambda ballot: ballot.id)
    Ballot.objects.bulk_create(ballots, batch_size=BATCH)
    for campaign in campaigns.values():
        count = sum(enrolments[row[0]] == campaign.pk for row in rows)
        audit.record(
            by=by, act="ballots.entered", target=campaign, now=now, after={"ballots": count}
        )
    return len(ballots)


def random_id() -> int:
    """A row's id by chance: neither its size nor SQLite's row order tells when the row came."""
    return secrets.randbits(62)


class _Box:
    """What the rows of one campaign are checked against; equal answers are checked once."""

    def __init__(self, campaign: Campaign, by, now: datetime):
        check_can_import_ballots(by, campaign)
        self.layout = layout_of(_in_force(campaign))
        self.groups = {group.code for group in self.layout.groups}
        today = clock.today(now)
        self.periods = [
            (phase.starts_on, min(phase.ends_on, today)) for phase in survey_phases(campaign)
        ]
        self._validity: dict[str, bool] = {}

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
    """Refuse outside the window, inside the ballot's transaction.

    The place for the lock against a closing that runs at the same time: the ballot would take
    `SELECT … FOR SHARE` on the campaign's row here, the closing `FOR UPDATE`. A
    `select_for_update` would do as well, but would queue all ballots of the province behind one
    another. SQLite needs neither: its writers queue anyway.
    """
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
