"""A province with a published run, and what people do with its results."""

from accounts.roles import Role
from scoring.models import Consequence, Honour, PastResult
from scoring.services import consequences
from scoring.services.proposals import propose_results
from scoring.services.result_rules import written_rules_of
from scoring.services.runs import make_run
from tests.factories import NOW, at, person, small_province
from tests.scoring.voters import scored_province, show_to_units

# In the assessment phase, which allows results; a Monday.
DAY = at("2014-11-10 09:00")
AFTER = at("2014-11-18 00:00")


def decided_province():
    """A published run by whose results the tests decide."""
    world = scored_province(small_province())
    run = make_run(campaign=world.campaign, by=None, now=NOW)
    # Everybody above 85 is "high": Jiyuan's brigade (85.00) and the township station (88.00).
    rules = written_rules_of(world.campaign)
    rules.high_floor, rules.low_ceiling = 85, 80
    rules.save()
    world.run = show_to_units(run, world.province_officer, world.province_admin)
    world.second = person("second", world.province, Role.LEADER)
    return world


def propose(world):
    return propose_results(run=world.run, by=world.province_officer, now=DAY)


def proposed(model=Honour):
    if model is Honour:
        return {(row.kind, row.score.code) for row in Honour.objects.select_related("score")}
    return {(row.kind, row.organisation.code) for row in Consequence.objects.all()}


def past(world, station, year, **fields):
    values = {"composite": 90, "rank_kind": 1, "ranked_in_kind": 100, "source": "名单"} | fields
    return PastResult.objects.create(
        station=station, year=year, imported_by=world.province_admin, imported_at=NOW, **values
    )


def impose(world, row, by=None):
    consequences.endorse_consequence(
        consequence=row, reason="排名末位", by=world.province_officer, now=DAY
    )
    return consequences.decide_consequence(
        consequence=row, move="imposed", reason="同意", by=by or world.leader, now=DAY
    )
