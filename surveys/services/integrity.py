"""Flags on ballots, and setting ballots aside: found by rule, decided by two people."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign
from common.errors import Incomplete
from surveys.disclosure import SMALLEST_CELL, in_steps
from surveys.layout import layout_of
from surveys.models import (
    Ballot,
    BallotBatch,
    BallotFlag,
    BallotRules,
    Channel,
    FlagKind,
    Mark,
    Quarantine,
    Questionnaire,
)
from surveys.policies import (
    check_can_decide_quarantine,
    check_can_lift_quarantine,
    check_can_question_ballots,
    check_can_settle_flag,
    survey_is_over,
    survey_phases,
)
from surveys.services.arrivals import SCOPE_OF
from surveys.services.mixing import hold_station
from surveys.services.rules import rules_of
from surveys.workflow import FLAG, QUARANTINE

_MARK_OF = {
    FlagKind.BURST: Mark.BURST,
    FlagKind.NETWORK: Mark.NETWORK,
    FlagKind.DEVICE: Mark.DEVICE,
    FlagKind.FAST: Mark.FAST,
}
ONLINE = (Channel.OPEN, Channel.CODE)


@dataclass(frozen=True)
class Sight:
    """Something odd that a rule sees."""

    enrolment_id: int
    kind: str
    ballots: int
    measured: Decimal
    limit: Decimal
    day: date | None = None
    batch_id: int | None = None

    @property
    def key(self) -> str:
        return f"{self.enrolment_id}:{self.kind}:{self.batch_id or ''}:{self.day or ''}"


def raise_flags(*, campaign: Campaign, now: datetime) -> int:
    """Look over all ballots of the campaign and raise a flag for each new sight; how many.

    Nothing is done to the ballots. A sight that is known keeps its flag, and its decision.
    """
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        return 0
    rules = rules_of(campaign)
    sights = {sight.key: sight for sight in _marked(questionnaire, rules)}
    sights |= {sight.key: sight for sight in _shares(questionnaire, rules)}
    known = set(
        BallotFlag.objects.filter(enrolment__campaign=campaign).values_list("key", flat=True)
    )
    new = [sight for key, sight in sights.items() if key not in known]
    for sight in new:
        _raise(sight, now)
    return len(new)


@transaction.atomic
def _raise(sight: Sight, now: datetime) -> None:
    flag = BallotFlag.objects.create(
        enrolment_id=sight.enrolment_id,
        batch_id=sight.batch_id,
        kind=sight.kind,
        day=sight.day,
        ballots=sight.ballots,
        measured=sight.measured,
        limit=sight.limit,
        raised_at=now,
        key=sight.key,
    )
    audit.record(by=None, act="flag.raised", target=flag, now=now, after={"kind": sight.kind})


def _marked(questionnaire: Questionnaire, rules: BallotRules) -> Iterator[Sight]:
    """Days on which many ballots of a station carry the same mark."""
    days = (
        Ballot.objects.filter(questionnaire=questionnaire)
        .exclude(marks="")
        .values_list("enrolment_id", "day", "marks")
        .annotate(number=Count("pk"))
        .order_by()
    )
    counts: Counter = Counter()
    for enrolment_id, day, marks, number in days:
        for mark in marks:
            counts[enrolment_id, day, mark] += number
    for (enrolment_id, day, mark), number in sorted(counts.items()):
        if number >= SMALLEST_CELL:
            kind = next(kind for kind, letter in _MARK_OF.items() if letter == mark)
            scope = SCOPE_OF.get(kind)
            limit = scope.in_force()[0] if scope else rules.fast_seconds
            yield Sight(enrolment_id, kind, number, Decimal(number), Decimal(limit), day)


def _shares(questionnaire: Questionnaire, rules: BallotRules) -> Iterator[Sight]:
    """Stations and batches of which a share is implausible."""
    layout = layout_of(questionnaire)
    places = [place for place, item in enumerate(layout.packed) if item.scored]
    scored = [item for item in layout.packed if item.scored]
    best = "".join(item.codes[0] for item in scored)
    satisfied = [{c.code for c in item.choices if c.satisfied} for item in scored]
    counting = [set(item.counting) for item in scored]
    last = max((phase.ends_on for phase in survey_phases(questionnaire.campaign)), default=None)
    rows = (
        Ballot.objects.filter(questionnaire=questionnaire, valid=True)
        .values_list("enrolment_id", "batch_id", "channel", "day", "answers")
        .annotate(number=Count("pk"))
        .order_by("enrolment_id")
        .iterator(chunk_size=20_000)
    )
    sums: dict[tuple, Counter] = {}
    verdicts: dict[str, tuple] = {}
    for enrolment_id, batch_id, channel, day, answers, number in rows:
        if answers not in verdicts:
            ticked = [answers[place] for place in places]
            verdicts[answers] = (
                len(set(ticked)) == 1,
                "".join(ticked) == best,
                sum(code in good for code, good in zip(ticked, satisfied, strict=True)),
                sum(code in counts for code, counts in zip(ticked, counting, strict=True)),
            )
        straight, perfect, good, counted = verdicts[answers]
        for key in {(enrolment_id, None), (enrolment_id, batch_id)}:
            total = sums.setdefault(key, Counter())
            total["ballots"] += number
            total["straight"] += number * straight
            total["perfect"] += number * perfect
            total["closing"] += number * (day == last)
            side = "online" if channel in ONLINE else "paper"
            total[side] += number
            total[side, "good"] += number * good
            total[side, "counted"] += number * counted
    for (enrolment_id, batch_id), total in sums.items():
        number = total["ballots"]
        if number < rules.least_ballots:
            continue
        found = []
        if total["perfect"] == number:
            found.append((FlagKind.PERFECT, Decimal(100), 100))
        else:
            for kind, name, limit in (
                (FlagKind.STRAIGHT, "straight", rules.straight_percent),
                (FlagKind.CLOSING, "closing", rules.closing_percent),
            ):
                share = _percent(total[name], number)
                if share >= limit:
                    found.append((kind, share, limit))
        if min(total["online"], total["paper"]) >= rules.least_ballots:
            paper = _percent(total["paper", "good"], total["paper", "counted"])
            gap = abs(paper - _percent(total["online", "good"], total["online", "counted"]))
            if gap >= rules.gap_points:
                found.append((FlagKind.GAP, gap, rules.gap_points))
        for kind, measured, limit in found:
            yield Sight(enrolment_id, kind, number, measured, Decimal(limit), batch_id=batch_id)


def _percent(part: int, whole: int) -> Decimal:
    if not whole:
        return Decimal(0)
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


# --- what people decide ---------------------------------------------------------------------------


def ballots_of(flag: BallotFlag):
    """The ballots that a flag is about, of those that are counted now."""
    ballots = Ballot.objects.counted().filter(enrolment=flag.enrolment_id)
    if flag.batch_id:
        ballots = ballots.filter(batch=flag.batch_id)
    if flag.day:
        ballots = ballots.filter(day=flag.day)
    if flag.kind in _MARK_OF:
        ballots = ballots.filter(marks__contains=_MARK_OF[flag.kind])
    if flag.kind == FlagKind.GAP:
        ballots = ballots.exclude(channel__in=ONLINE)
    if flag.kind == FlagKind.CLOSING:
        phases = survey_phases(flag.enrolment.campaign)
        ballots = ballots.filter(day=max(phase.ends_on for phase in phases))
    return ballots


@transaction.atomic
def settle_flag(*, flag: BallotFlag, outcome: str, by, now: datetime) -> BallotFlag:
    """A person looked, and the ballots stay: with the reason."""
    check_can_settle_flag(by, flag)
    if not outcome.strip():
        raise Incomplete(_("Give the reason."))
    return FLAG.apply(
        flag, "settled", by=by, now=now, reason=outcome.strip(), outcome=outcome.strip()
    )


@transaction.atomic
def question_ballots(*, flag: BallotFlag, reason: str, by, now: datetime) -> Quarantine:
    """Propose to set the ballots of a flag aside. Nothing changes until somebody else decides."""
    check_can_question_ballots(by, flag)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    FLAG.apply(flag, "pursued", by=by, now=now)
    quarantine = Quarantine.objects.create(
        enrolment=flag.enrolment,
        flag=flag,
        reason=reason.strip(),
        proposed_by=by,
        proposed_at=now,
    )
    audit.record(
        by=by, act="quarantine.proposed", target=quarantine, now=now, reason=reason.strip()
    )
    return quarantine


@transaction.atomic
def decide_quarantine(
    *, quarantine: Quarantine, confirm: bool, reason: str, by, now: datetime
) -> Quarantine:
    """Set the ballots aside, or leave them. By the province, and not by who proposed it.

    Fewer than five ballots are never set aside alone: the tables before and after would tell what
    they say.
    """
    check_can_decide_quarantine(by, quarantine)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    decided = {"decision": reason.strip(), "decided_by": by, "decided_at": now}
    act = {"by": by, "now": now, "reason": reason.strip()}
    if not confirm:
        FLAG.apply(quarantine.flag, "settled", **act, outcome=reason.strip())
        return QUARANTINE.apply(quarantine, "rejected", **act, **decided)
    hold_station(quarantine.enrolment_id)
    number = ballots_of(quarantine.flag).update(set_aside=True, quarantine=quarantine)
    if number < SMALLEST_CELL:
        raise Incomplete(
            _("Fewer than %(number)s ballots cannot be set aside: it would show what they say.")
            % {"number": SMALLEST_CELL}
        )
    FLAG.apply(quarantine.flag, "settled", **act, outcome=reason.strip())
    return QUARANTINE.apply(quarantine, "confirmed", **act, **decided, ballots=number)


@transaction.atomic
def lift_quarantine(*, quarantine: Quarantine, reason: str, by, now: datetime) -> Quarantine:
    """Restore exactly the ballots that this quarantine set aside."""
    check_can_lift_quarantine(by, quarantine)
    if not reason.strip():
        raise Incomplete(_("Give the reason."))
    hold_station(quarantine.enrolment_id)
    Ballot.objects.filter(quarantine=quarantine).update(set_aside=False, quarantine=None)
    return QUARANTINE.apply(
        quarantine,
        "lifted",
        by=by,
        now=now,
        reason=reason.strip(),
        decision=reason.strip(),
        decided_by=by,
        decided_at=now,
    )


@dataclass(frozen=True)
class IntegrityRate:
    """What is published about the ballots of a campaign."""

    received: int
    valid: int
    set_aside: int
    flags: int
    settled: int
    replaced: int

    @property
    def percent(self) -> Decimal:
        """Set aside of the valid ones."""
        return _percent(self.set_aside, self.valid)


def integrity_rate(campaign: Campaign, now: datetime, enrolments=None) -> IntegrityRate:
    """The numbers of a whole campaign, or of some enrolments (a queryset). Until the survey is over
    those of ballots are given in steps."""
    where = {"enrolment__campaign": campaign}
    if enrolments is not None:
        where["enrolment__in"] = enrolments
    received = valid = aside = 0
    counts = (
        Ballot.objects.filter(**where)
        .values_list("valid", "set_aside")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for is_valid, is_aside, number in counts:
        received += number
        valid += number * is_valid
        aside += number * (is_valid and is_aside)
    flags = dict(
        BallotFlag.objects.filter(**where)
        .values_list("state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    numbers = (received, valid, aside)
    batches = BallotBatch.objects.filter(**where).aggregate(replaced=Sum("replaced"))
    if not survey_is_over(campaign, now):
        numbers = map(in_steps, numbers)
    return IntegrityRate(
        *numbers,
        flags=sum(flags.values()),
        settled=flags.get("settled", 0),
        replaced=batches["replaced"] or 0,
    )
