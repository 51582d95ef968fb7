"""The state tables of runs, of lists of daily scores and of what follows from results."""

from accounts.workflow import Machine, Move
from scoring.models import (
    ConsequenceState,
    DailyListState,
    HonourState,
    ObjectionState,
    RunState,
)

RUN = Machine(
    "run",
    (
        Move("previewed", (RunState.DRAFT,), RunState.PREVIEWED),
        Move("published", (RunState.PREVIEWED,), RunState.PUBLISHED),
        Move("superseded", (RunState.PREVIEWED, RunState.PUBLISHED), RunState.SUPERSEDED),
    ),
)

DAILY_LIST = Machine(
    "daily_list",
    (
        Move("signed", (DailyListState.OPEN,), DailyListState.SIGNED),
        Move("reopened", (DailyListState.SIGNED,), DailyListState.OPEN),
    ),
)

HONOUR = Machine(
    "honour",
    (
        Move("nominated", (HonourState.PROPOSED,), HonourState.NOMINATED),
        Move("publicised", (HonourState.NOMINATED,), HonourState.PUBLICISED),
        Move("confirmed", (HonourState.PUBLICISED,), HonourState.CONFIRMED),
        Move(
            "rejected",
            (HonourState.PROPOSED, HonourState.NOMINATED, HonourState.PUBLICISED),
            HonourState.REJECTED,
        ),
        Move("withdrawn", (HonourState.CONFIRMED,), HonourState.WITHDRAWN),
    ),
)

CONSEQUENCE = Machine(
    "consequence",
    (
        Move("endorsed", (ConsequenceState.PROPOSED,), ConsequenceState.ENDORSED),
        Move("imposed", (ConsequenceState.ENDORSED,), ConsequenceState.IMPOSED),
        Move(
            "dismissed",
            (ConsequenceState.PROPOSED, ConsequenceState.ENDORSED),
            ConsequenceState.DISMISSED,
        ),
        Move("lifted", (ConsequenceState.IMPOSED,), ConsequenceState.LIFTED),
    ),
)

OBJECTION = Machine(
    "objection",
    (
        Move("upheld", (ObjectionState.RECEIVED,), ObjectionState.UPHELD),
        Move("not_upheld", (ObjectionState.RECEIVED,), ObjectionState.NOT_UPHELD),
    ),
)
