"""One-time codes (评议码): drawing, issuing, and custody of the slips."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, Enrolment
from common.errors import Incomplete, WrongMoment
from deliveries import enclosures
from deliveries.models import DeliveryKind
from deliveries.services import plan_deliveries
from surveys import codes, draw
from surveys.disclosure import SMALLEST_CELL
from surveys.models import BallotBatch, BatchKind, Invitation, InvitationState, Questionnaire
from surveys.policies import check_can_issue, check_can_keep_batch, survey_phases
from surveys.services.ballots import random_id
from surveys.services.rules import rules_of
from surveys.workflow import BATCH


@dataclass(frozen=True)
class Issued:
    """A new batch. `codes` exist here only, to be printed or mailed at once; `places` are the lines
    of the list that were drawn, in the same order (empty without a list)."""

    batch: BallotBatch
    codes: list[str]
    places: list[int]


def new_batch(*, enrolment: Enrolment, by, now: datetime, **fields) -> BallotBatch:
    """The campaign's next numbered batch. `WrongMoment` when its form was sent before."""
    # The campaign's row keeps the numbers apart; running ballots do not wait for it.
    Campaign.objects.select_for_update(no_key=True).get(pk=enrolment.campaign_id)
    batches = BallotBatch.objects.filter(campaign=enrolment.campaign)
    last = batches.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            return BallotBatch.objects.create(
                campaign=enrolment.campaign,
                enrolment=enrolment,
                number=last + 1,
                issued_by=by,
                issued_at=now,
                **fields,
            )
    except IntegrityError as error:
        raise WrongMoment(
            _("This form was sent before and its batch stands in the list.")
        ) from error


@transaction.atomic
def issue_codes(
    *,
    enrolment: Enrolment,
    group: str,
    number: int,
    key: str,
    by,
    now: datetime,
    people: Sequence[str] = (),
    addresses: Sequence[str] = (),
    note: str = "",
) -> Issued:
    """Make a batch of `number` codes for the people whom a station served.

    `people`: one line a person, of whom as many are drawn by chance; without them the office hands
    the slips out itself. `addresses`: the e-mail address of each of them; with these the codes are
    mailed to those drawn and nobody sees them (deliveries/enclosures.py), and some more are
    registered as the batch's reserve (surveys/services/replacements.py). `group`: the respondent
    group that the codes give, or "". `key`: names the form. The codes are in the returned object
    only. Raises `Denied`, `WrongMoment`, `Incomplete`.
    """
    check_can_issue(by, enrolment, now)
    questionnaire = Questionnaire.objects.in_force(enrolment.campaign)
    if questionnaire is None:
        raise WrongMoment(_("There is no questionnaire yet."))
    if group and not questionnaire.groups.filter(code=group).exists():
        raise Incomplete(_("“%(value)s” is no respondent group.") % {"value": group})
    if number < SMALLEST_CELL:
        raise Incomplete(
            _("A batch has at least %(number)s codes, so that nobody can be recognised.")
            % {"number": SMALLEST_CELL}
        )
    fields, places = {}, []
    reserve = rules_of(enrolment.campaign).reserve_for(number) if addresses else 0
    if people:
        fields["seed"] = secrets.token_hex(16)
        fields |= {"frame_size": len(people), "frame_digest": draw.frame_digest(people)}
        try:
            places = draw.drawn(people, number, fields["seed"])
        except ValueError as error:
            raise Incomplete(
                _("The list is shorter than the number to draw, or names somebody twice.")
            ) from error
    batch = new_batch(
        enrolment=enrolment,
        kind=BatchKind.CODES,
        group=group,
        issued=number,
        handed_out=number if addresses else 0,
        reserve=reserve,
        key=key,
        note=note.strip(),
        by=by,
        now=now,
        **fields,
    )
    if addresses:
        drawn = enclosures.fill_pool(batch.pool, number + reserve)
    else:
        drawn = [codes.new_code() for _place in range(number)]
    rows = [
        Invitation(id=random_id(), batch=batch, code_digest=codes.code_digest(code))
        for code in drawn
    ]
    Invitation.objects.bulk_create(sorted(rows, key=lambda row: row.id), batch_size=2_000)
    audit.record(
        by=by,
        act="batch.issued",
        target=batch,
        now=now,
        after={"issued": number, "reserve": reserve, "group": group} | fields,
    )
    if addresses:
        mail_codes(batch, [addresses[place] for place in places], now)
        audit.record(by=by, act="batch.mailed", target=batch, now=now, after={"messages": number})
        return Issued(batch, [], places)
    return Issued(batch, drawn, places)


def mail_codes(batch: BallotBatch, addresses: Sequence[str], now: datetime) -> None:
    """Plan the messages of a batch. Which code a message takes is left to chance, when it is handed
    over."""
    last_day = max((phase.ends_on for phase in survey_phases(batch.campaign)), default=None)
    page = settings.PORTAL_URL + reverse("surveys:code")
    context = {
        "station": batch.enrolment.station,
        "bureau": batch.enrolment.bureau,
        "campaign": batch.campaign,
        "page": page,
        "address": f"{page}#{enclosures.PLACE}",
        "code": enclosures.PLACE_IN_FOURS,
        "last_day": last_day,
    }
    # The portal does not know which language somebody reads.
    texts, subjects = [], []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts.append(render_to_string("surveys/mail/code.txt", context).strip())
            subjects.append(_("Your opinion on %(station)s") % {"station": context["station"].name})
    plan_deliveries(
        {
            f"code:{batch.pk}:{place}": {
                "kind": DeliveryKind.CODE,
                "user": None,
                "address": address,
                "subject": subjects[0],
                "text": "\n\n— — —\n\n".join(texts),
                "pool": batch.pool,
                "now": now,
            }
            for place, address in enumerate(addresses)
        }
    )


@transaction.atomic
def hand_out(*, batch: BallotBatch, number: int, to: str, by, now: datetime) -> BallotBatch:
    """So many slips left the office, to whom."""
    check_can_keep_batch(by, batch)
    if number < 1 or not to.strip():
        raise Incomplete(_("Say how many and to whom."))
    return _note(batch, by, now, to.strip(), act="batch.handed_out", handed_out=number)


def codes_of(batch: BallotBatch, typed: Sequence[str]) -> list[str]:
    """The codes that somebody typed, all of them this batch's; raises `Incomplete` for another."""
    read = [(text, codes.cleaned(text)) for text in typed]
    digests = {code: codes.code_digests(code) for _text, code in read if code}
    wanted = [digest for each in digests.values() for digest in each]
    rows = batch.invitations.filter(code_digest__in=wanted)
    known = set(rows.values_list("code_digest", flat=True))
    for text, code in read:
        if code is None or known.isdisjoint(digests[code]):
            raise Incomplete(
                _("“%(code)s” is no code of this batch.") % {"code": text.strip()[:20]}
            )
    return list(digests)


@transaction.atomic
def void_codes(
    *, batch: BallotBatch, typed: Sequence[str], reason: str, by, now: datetime, returned: bool
) -> int:
    """Make codes void, those of slips that came back unused (`returned`) or were spoilt; how many.

    Raises `Incomplete` for a text that is no code of this batch. A code that was used already stays
    used: it is passed over, and not said which one it was.
    """
    check_can_keep_batch(by, batch)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    BallotBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    digests = [digest for code in codes_of(batch, typed) for digest in codes.code_digests(code)]
    live = batch.invitations.filter(code_digest__in=digests, state=InvitationState.ISSUED)
    done = live.update(state=InvitationState.VOID)
    counts = {"void": done} | ({"returned": done} if returned else {})
    _note(batch, by, now, reason.strip(), act="batch.voided", **counts)
    return done


@transaction.atomic
def close_batch(*, batch: BallotBatch, reason: str, by, now: datetime) -> BallotBatch:
    """Withdraw a batch: none of its codes can be used any more (a lost parcel, the end)."""
    check_can_keep_batch(by, batch)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    enclosures.empty_pools([batch.pool])
    return BATCH.apply(batch, "closed", by=by, now=now, reason=reason.strip())


def _note(batch, by, now, reason, *, act, **counts) -> BallotBatch:
    """Add to the batch's custody; what does not add up is refused by the database's rules."""
    try:
        with transaction.atomic():
            BallotBatch.objects.filter(pk=batch.pk).update(
                **{name: F(name) + count for name, count in counts.items()}
            )
    except IntegrityError as error:
        raise Incomplete(
            _("The numbers do not add up: more than were issued or handed out.")
        ) from error
    batch.refresh_from_db()
    audit.record(by=by, act=act, target=batch, now=now, after=counts, reason=reason)
    return batch


def used(batch: BallotBatch) -> int:
    """How many ballots the batch has in the box."""
    return batch.ballots.count()


def counted(batch_ids: Sequence[int]) -> dict[int, int]:
    """The same for many batches, in one query."""
    rows = BallotBatch.objects.filter(pk__in=batch_ids).annotate(in_the_box=Count("ballots"))
    return dict(rows.order_by().values_list("pk", "in_the_box"))
