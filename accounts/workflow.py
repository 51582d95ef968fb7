"""State machines: one table each, one function that moves a state.

`Machine.moving` moves by compare-and-set, so a race has one winner; the loser gets `WrongMoment`,
never a lost update. It writes the audit event of the move, when what the move brings is written.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from common.errors import WrongMoment


@dataclass(frozen=True)
class Move:
    """`name`: the verb. `sources`: states it starts from. `target`: the state it ends in."""

    name: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Machine:
    """`noun` begins the audit act ("task.returned"); `moves` is the whole table."""

    noun: str
    moves: tuple[Move, ...]
    state_field: str = "state"
    _by_name: dict = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self):
        self._by_name.update({move.name: move for move in self.moves})

    def check(self, thing, name: str) -> Move:
        """The move called `name`; `WrongMoment` when the state of `thing` does not allow it."""
        move = self._by_name[name]
        state = getattr(thing, self.state_field)
        if state not in move.sources:
            raise WrongMoment(
                _("This is not possible while the state is “%(state)s”.")
                % {"state": getattr(thing, f"get_{self.state_field}_display")()}
            )
        return move

    def allows(self, thing, name: str) -> bool:
        """True when the state of `thing` allows the move."""
        return getattr(thing, self.state_field) in self._by_name[name].sources

    def apply(self, thing, name: str, *, by, now: datetime, reason="", rows=(), **changes):
        """Move `thing` and set `changes` with it, in one statement that only one racer wins.
        `rows`: what else the act wrote."""
        with self.moving(thing, name, by=by, now=now, reason=reason, **changes) as written:
            written += rows
        return thing

    @contextmanager
    def moving(self, thing, name: str, *, by, now: datetime, reason="", **changes):
        """As `apply`, around what the move brings with it: the block runs once the move is won, and
        the act is recorded after it. Gives a list, for the rows besides `thing` that it writes."""
        move = self.check(thing, name)
        written: list = []
        before = getattr(thing, self.state_field)
        with transaction.atomic():
            won = (
                type(thing)
                .objects.filter(pk=thing.pk, **{self.state_field: before})
                .update(**{self.state_field: move.target}, **changes)
            )
            if not won:
                raise WrongMoment(
                    _("Somebody else was faster. Reload the page to see the present state.")
                )
            setattr(thing, self.state_field, move.target)
            for key, value in changes.items():
                setattr(thing, key, value)
            yield written
            audit.record(
                by=by,
                act=f"{self.noun}.{name}",
                target=thing,
                now=now,
                before={"state": before},
                after={"state": move.target},
                reason=reason,
                rows=written,
            )
