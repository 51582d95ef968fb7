"""Calling back (T1): did the codes of a batch reach the people for whom they were drawn?"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from common.errors import Incomplete
from surveys import draw
from surveys.disclosure import SMALLEST_CELL
from surveys.models import BallotBatch, BallotFlag, CallBack, FlagKind
from surveys.policies import check_can_call_back, check_can_note_call_back
from surveys.services.batches import used
from surveys.workflow import CALL_BACK


@dataclass(frozen=True)
class Sample:
    """`places`: the lines of the list whose people are to be called; kept nowhere."""

    call_back: CallBack
    places: list[int]


@transaction.atomic
def draw_call_back(
    *, batch: BallotBatch, people: Sequence[str], size: int, by, now: datetime
) -> Sample:
    """Draw people to call among those for whom codes of `batch` were drawn. `people`: the list of
    the drawing again, of which the batch holds the fingerprint. By somebody who did not issue it.

    Raises `Denied`, `WrongMoment`, and `Incomplete` for another list or too few.
    """
    check_can_call_back(by, batch)
    if draw.frame_digest(people) != batch.frame_digest:
        raise Incomplete(_("This is not the list from which the batch was drawn."))
    first = batch.issued - batch.replaced
    if not SMALLEST_CELL <= size <= first:
        raise Incomplete(
            _("Call %(least)s people or more, and no more than were drawn: %(most)s.")
            % {"least": SMALLEST_CELL, "most": first}
        )
    drawn = draw.drawn(people, first, batch.seed)
    seed = secrets.token_hex(16)
    chosen = draw.drawn([people[place] for place in drawn], size, seed)
    row = CallBack.objects.create(batch=batch, size=size, seed=seed, drawn_by=by, drawn_at=now)
    audit.record(
        by=by, act="call_back.drawn", target=row, now=now, after={"size": size, "seed": seed}
    )
    return Sample(row, sorted(drawn[place] for place in chosen))


@transaction.atomic
def note_call_back(
    *, call_back: CallBack, reached: int, without_code: int, by_others: int, by, now: datetime
) -> CallBack:
    """Note how many said what. Who got no code, or did not use it, raises a flag on the batch."""
    check_can_note_call_back(by, call_back)
    if reached > call_back.size or without_code + by_others > reached:
        raise Incomplete(_("The numbers do not add up: more than were called or reached."))
    CALL_BACK.apply(
        call_back,
        "noted",
        by=by,
        now=now,
        reached=reached,
        without_code=without_code,
        by_others=by_others,
        noted_by=by,
        noted_at=now,
    )
    if call_back.odd:
        _raise_flag(call_back, now)
    return call_back


def _raise_flag(call_back: CallBack, now: datetime) -> None:
    batch = call_back.batch
    share = Decimal(100 * call_back.odd) / call_back.reached
    flag = BallotFlag.objects.create(
        enrolment=batch.enrolment,
        batch=batch,
        kind=FlagKind.CALL_BACK,
        ballots=used(batch),
        measured=share.quantize(Decimal("0.1"), ROUND_HALF_UP),
        limit=0,
        raised_at=now,
        key=f"call_back:{call_back.pk}",
    )
    audit.record(by=None, act="flag.raised", target=flag, now=now, after={"kind": flag.kind})
