"""The figures of a summary, worked out by hand from `scored_province`."""

from datetime import date
from decimal import Decimal

import pytest

from campaign.models import ObligationKind
from campaign.services.obligations import meet
from evaluations.models import AcceptanceCheck, Finding, RectificationTask, Standard
from reports.papers.base import NothingToReport
from reports.papers.summary import ENDS_SHOWN, collect
from reports.papers.work import CheckLine, DutyLine, FindingLine
from scoring.models import StationScore
from scoring.services.runs import make_run
from tests.factories import NOW, enrolment, organisation, small_province, station
from tests.reports.papers import with_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return with_run(small_province())


def summary_of(world, unit, run=None):
    return collect(run=run or world.run, organisation=unit, now=NOW)


def test_counts_and_means_of_a_prefecture(world):
    """Brigades 79.36 and 79.36 (35 ballots each), township 88.00 (30 ballots):
    (79.36 + 79.36 + 88) / 3 = 82.24; (79.36 · 70 + 88 · 30) / 100 = 81.952."""
    summary = summary_of(world, world.prefecture)
    total = summary.total
    assert (total.stations, total.ranked, total.incomplete, total.insufficient) == (3, 3, 0, 0)
    assert (total.ballots, total.vetoed) == (100, 0)
    assert (total.mean, total.weighted_mean) == (Decimal("82.24"), Decimal("81.95"))
    assert [(k.stations, k.mean, k.weighted_mean) for k in summary.kinds] == [
        (2, Decimal("79.36"), Decimal("79.36")),
        (1, Decimal("88.00"), Decimal("88.00")),
    ]
    assert [(u.label, u.stations, u.mean) for u in summary.units] == [
        (world.county.name, 2, Decimal("83.68")),
        (world.sibling_county.name, 1, Decimal("79.36")),
    ]


@pytest.mark.parametrize(
    ("unit", "stations", "ranked", "incomplete", "insufficient", "mean"),
    [
        # (88.00 + 85.00 + 79.36 + 79.36) / 4 = 82.93
        ("province", 6, 4, 1, 1, Decimal("82.93")),
        ("county", 2, 2, 0, 0, Decimal("83.68")),
        ("sibling_county", 1, 1, 0, 0, Decimal("79.36")),
        ("jiyuan", 1, 1, 0, 0, Decimal("85.00")),
        # A missing daily score and too few ballots: no mean, and no zero.
        ("direct_county", 1, 0, 1, 0, None),
        ("other_prefecture", 1, 0, 0, 1, None),
    ],
)
def test_every_kind_of_unit(world, unit, stations, ranked, incomplete, insufficient, mean):
    total = summary_of(world, getattr(world, unit)).total
    assert (total.stations, total.ranked) == (stations, ranked)
    assert (total.incomplete, total.insufficient) == (incomplete, insufficient)
    assert total.mean == mean


def test_a_mean_is_rounded_once_half_up(world):
    scores = StationScore.objects.filter(path__startswith=world.county.path)
    # The intervals belong to the computed figures, not to these.
    scores.update(se=None, low=None, high=None)
    scores.filter(code="410122-1").update(composite="80.00")
    scores.filter(code="410122-2").update(composite="80.01")
    assert summary_of(world, world.county).total.mean == Decimal("80.01")


def test_grades_with_their_floors_and_shares(world):
    lines = summary_of(world, world.prefecture).grades
    assert [(g.code, g.floor, g.counts, g.total, g.share) for g in lines] == [
        ("excellent", Decimal(90), (0, 0), 0, Decimal("0.0")),
        ("good", Decimal(80), (0, 1), 1, Decimal("33.3")),
        ("qualified", Decimal(60), (2, 0), 2, Decimal("66.7")),
        ("unqualified", Decimal(0), (0, 0), 0, Decimal("0.0")),
    ]


def test_league_table_of_a_prefecture(world):
    brigades, townships = summary_of(world, world.prefecture).leagues
    assert [(r.code, r.rank_kind, r.rank_prefecture, r.composite) for r in brigades.rows] == [
        ("410122-1", 2, 1, Decimal("79.36")),
        ("410185-1", 2, 1, Decimal("79.36")),
    ]
    first = brigades.rows[0]
    assert first.daily == (Decimal("90.00"), Decimal("80.55"))
    assert (first.questionnaire, first.ballots) == (Decimal("77.50"), 35)
    assert (first.ranked, first.vetoed, first.renormalised) == (True, False, False)
    assert [(r.code, r.rank_kind, r.renormalised) for r in townships.rows] == [
        ("410122-2", 1, True)
    ]


def test_a_missing_part_is_told_apart_from_a_part_that_does_not_exist(world):
    """Daily parts of the province's table: province, prefecture, county."""
    (brigades, _townships) = summary_of(world, world.province).leagues
    daily = {row.code: row.daily for row in brigades.rows}
    assert daily["419001-1"] == ("", Decimal("50.00"), "")
    assert daily["410122-1"] == ("", Decimal("90.00"), Decimal("80.55"))
    (row,) = summary_of(world, world.direct_county).leagues[0].rows
    assert row.daily == (None, Decimal("95.00"))
    assert (row.status, row.rank_kind, row.composite, row.grade) == ("incomplete", None, None, "")


def test_a_veto_is_marked(world):
    StationScore.objects.filter(code="410122-1").update(flags=["vetoed"])
    summary = summary_of(world, world.prefecture)
    assert summary.total.vetoed == 1
    assert [row.vetoed for row in summary.leagues[0].rows] == [True, False]


@pytest.mark.parametrize(("more", "first", "last"), [(37, 40, 0), (38, ENDS_SHOWN, ENDS_SHOWN)])
def test_a_province_shows_both_ends_of_a_long_table(world, more, first, last):
    """Three brigades of the province are ranked already; up to 40 fit whole."""
    model = StationScore.objects.get(code="410122-1")
    for number in range(more):
        unit = station(world.county, 100 + number, "brigade")
        model.pk, model.enrolment = None, enrolment(world.campaign, unit)
        model.code, model.path = unit.code, unit.organisation.path
        model.rank_all = model.rank_kind = 10 + number
        model.rank_low = model.rank_high = model.alike = None
        model.save()
    brigades = summary_of(world, world.province).leagues[0]
    assert (len(brigades.rows), len(brigades.last)) == (first, last)
    assert brigades.rows[0].code == "419001-1"
    if last:
        assert brigades.last[-1].rank_kind == 10 + more - 1


def test_a_bureau_lists_its_unranked_last(world):
    brigades = summary_of(world, world.other_prefecture).leagues[0]
    assert [(row.code, row.status) for row in brigades.rows] == [
        ("410221-1", "insufficient_sample")
    ]


def test_obligations_are_those_of_the_unit_and_below(world):
    """Three stations: plans, commitments (31 Aug) and self-inspections (30 Sep) are late on
    25 October, acceptance (31 Oct, owed by the prefecture) and daily scores (30 Nov) are not."""
    brigade = world.brigade_enrolment
    meet(
        campaign=world.campaign,
        kind=ObligationKind.COMMITMENTS,
        keys=[(brigade.pk,)],
        now=NOW,
    )
    summary = summary_of(world, world.prefecture)
    figures = [(d.total, d.met, d.overdue, d.waiting, d.share) for d in summary.duties]
    assert figures == [
        (3, 0, 3, 0, Decimal("0.0")),
        (3, 1, 2, 0, Decimal("33.3")),
        (3, 0, 3, 0, Decimal("0.0")),
        (3, 0, 0, 3, Decimal("0.0")),
        (6, 0, 0, 6, Decimal("0.0")),
    ]
    total = summary.duties_total
    assert (total.total, total.met, total.overdue, total.waiting) == (18, 1, 8, 9)
    # The county owes no acceptance.
    assert [d.total for d in summary_of(world, world.county).duties] == [2, 2, 2, 2]


def test_nothing_owed_has_no_share():
    assert DutyLine("x", total=2, waived=2).share is None
    assert FindingLine("x", found=3).share is None
    assert CheckLine("x", stations=3).mean is None


def problem(world, row, category, state="", due_on=date(2014, 10, 24)):
    finding = Finding.objects.create(
        enrolment=row,
        source="opinion",
        category=category,
        text="问题",
        recorded_by=world.county_officer,
        recorded_at=NOW,
    )
    if state:
        reviewed = (
            {"reviewed_by": world.county_officer, "reviewed_at": NOW} if state == "accepted" else {}
        )
        RectificationTask.objects.create(
            finding=finding,
            enrolment=row,
            requirement="整改",
            due_on=due_on,
            state=state,
            assigned_by=world.county_officer,
            assigned_at=NOW,
            **reviewed,
        )


def test_problems_and_what_became_of_them(world):
    """Due on the 24th is late on the 25th, unless accepted; due on the 25th is not."""
    brigade, township = world.brigade_enrolment, world.township_enrolment
    problem(world, brigade, "service", "accepted")
    problem(world, brigade, "service", "submitted")
    problem(world, township, "service", "assigned", due_on=date(2014, 10, 25))
    problem(world, township, "thinking")
    problem(world, world.other_brigade_enrolment, "thinking", "assigned")
    summary = summary_of(world, world.county)
    figures = [(f.found, f.tasks, f.accepted, f.overdue, f.share) for f in summary.findings]
    assert figures == [
        (1, 0, 0, 0, None),
        (3, 3, 1, 1, Decimal("33.3")),
    ]
    total = summary.findings_total
    assert (total.found, total.tasks, total.accepted, total.overdue) == (4, 3, 1, 1)


def test_acceptance_coverage_and_mean(world):
    """Two of three checked: 90.5 and 90.0 → 90.25; a draft counts for nothing."""
    rows = (
        (world.brigade_enrolment, "signed", "90.5"),
        (world.township_enrolment, "signed", "90.0"),
        (world.sibling_brigade_enrolment, "draft", None),
    )
    for row, state, score in rows:
        signed = state == "signed"
        AcceptanceCheck.objects.create(
            enrolment=row,
            standard=Standard.objects.in_force(world.campaign),
            authority=world.prefecture,
            checked_on=NOW.date(),
            state=state,
            score=score,
            signed_by=world.prefecture_officer if signed else None,
            signed_at=NOW if signed else None,
        )
    summary = summary_of(world, world.prefecture)
    assert [(c.stations, c.checked, c.share, c.mean) for c in summary.checks] == [
        (2, 1, Decimal("50.0"), Decimal("90.50")),
        (1, 1, Decimal("100.0"), Decimal("90.00")),
    ]
    total = summary.checks_total
    assert (total.stations, total.checked) == (3, 2)
    assert (total.share, total.mean) == (Decimal("66.7"), Decimal("90.25"))


def test_scores_stay_those_of_the_run(world):
    """A later run changes nothing in the summary of the earlier one."""
    world.brigade_enrolment.daily_assessments.update(score=0)
    later = make_run(campaign=world.campaign, by=None, now=NOW)
    assert summary_of(world, world.sibling_county, later).total.mean == Decimal("79.36")
    assert summary_of(world, world.county, later).total.mean < Decimal("83.68")
    assert summary_of(world, world.county).total.mean == Decimal("83.68")


def test_a_unit_without_stations_has_nothing_to_report(world):
    empty = organisation("410300", "prefecture", world.province)
    with pytest.raises(NothingToReport):
        summary_of(world, empty)
    assert summary_of(world, world.prefecture).total.stations == 3


@pytest.mark.parametrize("unit", ["county", "prefecture", "province"])
def test_the_number_of_queries_does_not_grow(world, unit, django_assert_num_queries):
    with django_assert_num_queries(7):
        summary_of(world, getattr(world, unit))
