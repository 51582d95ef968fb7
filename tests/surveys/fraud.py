"""Ballot stuffing, simulated: honest stations and patterns of fraud with known labels, by a seed.

Each ballot is (moment, address, agent, seconds it took, packed answers, channel). Honest people
come over the weeks, lean one way or the other all through their sheet, share carriers' networks,
and now and then a phone; some stations hold a meeting at which a hall answers at once.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common import clock

FIRST, DAYS = clock.start_of(date(2014, 9, 20)), 72
LAST = clock.start_of(date(2014, 11, 30))
CARRIERS = [f"10.{number}.0" for number in range(8)]
SCORED = 10


@dataclass(frozen=True)
class Sheet:
    moment: datetime
    address: str
    agent: str
    seconds: int
    packed: str
    channel: str = "open"


class Town:
    """Makes the ballots of one station from a seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.level = self.chance.uniform(0.55, 0.93)

    def answers(self, level=None):
        """One person's sheet: a leaning of one's own, and two in ten who tick one line down."""
        level = self.level if level is None else level
        if self.chance.random() < 0.2:
            return self.chance.choice("1112") * SCORED + "2"
        leaning = min(0.97, max(0.1, self.chance.gauss(level, 0.15)))
        ticks = (
            "1" if self.chance.random() < leaning else self.chance.choice("2233") for _ in range(10)
        )
        return "".join(ticks) + "2"

    def moment(self, day=None):
        day = self.chance.randrange(DAYS) if day is None else day
        return FIRST + timedelta(days=day, seconds=self.chance.randrange(8 * 3600, 22 * 3600))

    def phone(self):
        carrier = self.chance.choice(CARRIERS)
        if self.chance.random() < 0.6:
            carrier = f"{self.chance.randrange(100, 200)}.{self.chance.randrange(250)}.7"
        return f"{carrier}.{self.chance.randrange(250)}", f"Phone {self.chance.randrange(10**6)}"

    def honest(self, number, **changes):
        return [self.one(**changes) for _ in range(number)]

    def one(self, **changes):
        address, agent = self.phone()
        fields = {
            "moment": self.moment(),
            "address": address,
            "agent": agent,
            "seconds": self.chance.randrange(45, 600),
            "packed": self.answers(),
        }
        return Sheet(**(fields | changes))

    def soon_after(self, start, minutes):
        return start + timedelta(seconds=self.chance.randrange(minutes * 60))


def honest(town):
    return town.honest(town.chance.randrange(30, 90))


def with_a_meeting(town):
    """Honest: twenty-five people answer in a hall within ten minutes."""
    start = town.moment()
    return town.honest(40) + [town.one(moment=town.soon_after(start, 10)) for _ in range(25)]


def with_a_large_meeting(town):
    """Honest, and yet like a burst: ninety people in a hall."""
    start = town.moment()
    return town.honest(40) + [town.one(moment=town.soon_after(start, 10)) for _ in range(90)]


def burst(town):
    """Sixty bought ballots within five minutes, each from a phone of its own."""
    start = clock.start_of(FIRST.date()) + timedelta(days=30, hours=10)
    bought = [
        town.one(moment=town.soon_after(start, 5), packed=town.answers(0.95)) for _ in range(60)
    ]
    return town.honest(30) + bought


def straight(town):
    """A clerk fills in nearly all ballots, one line down, on many days."""
    return town.honest(2) + [town.one(packed="1" * SCORED + "2") for _ in range(58)]


def closing(town):
    """The missing ballots come on the last evening."""
    evening = LAST + timedelta(hours=20)
    late = [town.one(moment=town.soon_after(evening, 200)) for _ in range(45)]
    return town.honest(25) + late


def network(town):
    """An office answers for the people: forty a day from its own network, many machines."""
    start = town.moment()
    return town.honest(30) + [
        town.one(moment=town.soon_after(start, 60), address=f"172.16.5.{number}")
        for number in range(40)
    ]


def device(town):
    """One phone, all afternoon."""
    start = town.moment()
    stuffed = [
        town.one(moment=town.soon_after(start, 240), address="192.0.2.9", agent="Phone X")
        for _ in range(15)
    ]
    return town.honest(40) + stuffed


def fast(town):
    """Somebody who does not read: five to fifteen seconds a sheet."""
    day = town.chance.randrange(DAYS)
    return town.honest(40) + [
        town.one(moment=town.moment(day), seconds=town.chance.randrange(5, 16)) for _ in range(12)
    ]


def gap(town):
    """The paper that the station collected says something else than the phones."""
    town.level = 0.1
    paper = [town.one(channel="paper", packed=town.answers(0.97)) for _ in range(40)]
    return town.honest(40) + paper


def narrow_gap(town):
    """The same, by about as much as the rule allows."""
    town.level = 0.4
    paper = [town.one(channel="paper", packed=town.answers(0.97)) for _ in range(40)]
    return town.honest(40) + paper


def perfect(town):
    """Nothing but the best, without exception."""
    return [town.one(packed="1" * SCORED + "2") for _ in range(40)]


def diluted(town):
    """A careful cheat: fifteen best sheets spread over the weeks, beside forty-five honest ones."""
    return town.honest(45) + [town.one(packed="1" * SCORED + "2") for _ in range(15)]


HONEST = (honest, with_a_meeting)
FRAUD = (burst, straight, closing, network, device, fast, gap, perfect)
