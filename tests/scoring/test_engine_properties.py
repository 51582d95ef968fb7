"""What must hold for every station, not only for the examples."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine import (
    KINDS,
    GradeBand,
    GroupRule,
    GroupTally,
    OptionRule,
    PartRule,
    Policy,
    Question,
    StationInput,
    score_all,
    score_station,
)

GROUPS = ("delegates", "users")
QUESTIONS = tuple(Question(number, "S", Fraction(number, 3)) for number in (1, 2, 3))
POLICY = Policy(
    version=1,
    places=2,
    minimum_sample=6,
    valid_share=Fraction(2, 3),
    options=(
        OptionRule("S", "1", True, Fraction(100)),
        OptionRule("S", "2", True, Fraction(205, 3)),
        OptionRule("S", "3", True, Fraction(0)),
        OptionRule("S", "4", False, None),
    ),
    groups=tuple(
        GroupRule(code, Fraction(weight), 3) for code, weight in ((GROUPS[0], 2), (GROUPS[1], 5))
    ),
    parts=(
        PartRule("regular", "prefecture", Fraction(10)),
        PartRule("regular", "county", Fraction(20)),
        PartRule("regular", "questionnaire", Fraction(70)),
    ),
    grades=(GradeBand("good", Decimal(70)), GradeBand("unqualified", Decimal(0))),
)

daily_scores = st.decimals(0, 100, places=1, allow_nan=False, allow_infinity=False)


@st.composite
def tallies(draw, group):
    counts, most = [], 0
    for question in QUESTIONS:
        marks = draw(st.lists(st.integers(0, 6), min_size=4, max_size=4))
        most = max(most, sum(marks))
        counts += [(question.number, str(option), n) for option, n in enumerate(marks, start=1)]
    return GroupTally(group, most, tuple(counts))


@st.composite
def stations(draw, code="S"):
    daily = {part: draw(st.none() | daily_scores) for part in ("prefecture", "county")}
    return StationInput(
        code=code,
        kind=draw(st.sampled_from(KINDS)),
        line="regular",
        prefecture=draw(st.sampled_from(("P1", "P2"))),
        county="",
        daily=tuple((part, score) for part, score in daily.items() if score is not None),
        tallies=tuple(draw(tallies(group)) for group in GROUPS),
        vetoed=draw(st.booleans()),
    )


provinces = st.integers(1, 6).flatmap(
    lambda size: st.tuples(*(stations(code=f"S{number}") for number in range(size)))
)


@given(provinces, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_no_order_of_input_matters(province, random):
    def shuffled(entries):
        return tuple(random.sample(entries, len(entries)))

    mixed = [
        replace(
            each,
            daily=shuffled(each.daily),
            tallies=shuffled(
                [replace(tally, counts=shuffled(tally.counts)) for tally in each.tallies]
            ),
        )
        for each in shuffled(province)
    ]
    policy = replace(
        POLICY,
        **{
            name: shuffled(getattr(POLICY, name))
            for name in ("options", "groups", "parts", "grades")
        },
    )
    expected = score_all(POLICY, QUESTIONS, province)
    assert score_all(policy, shuffled(QUESTIONS), mixed) == expected


@given(stations(), st.data())
@settings(deadline=None)
def test_a_more_satisfied_answer_never_lowers_a_score(station, data):
    moves = [
        (group, number, option, better)
        for group, tally in enumerate(station.tallies)
        for number, option, _ in tally.counts
        for better in "12"
        if better < option < "4"
    ]
    if not moves:
        return
    group, number, option, better = data.draw(st.sampled_from(moves))
    tally = station.tallies[group]
    counts = {(n, o): count for n, o, count in tally.counts}
    counts[number, option] -= 1
    counts[number, better] = counts.get((number, better), 0) + 1
    happier = replace(tally, counts=tuple((n, o, count) for (n, o), count in counts.items()))
    others = tuple(each for each in station.tallies if each is not tally)

    before = score_station(POLICY, QUESTIONS, station)
    after = score_station(POLICY, QUESTIONS, replace(station, tallies=(happier, *others)))
    assert (after.status, after.flags) == (before.status, before.flags)
    if before.questionnaire_exact is not None:
        assert after.questionnaire_exact >= before.questionnaire_exact
    if before.composite_exact is not None:
        assert after.composite_exact >= before.composite_exact
        assert after.composite >= before.composite


@given(provinces, st.fractions(Fraction(1, 50), 50, max_denominator=60))
@settings(deadline=None)
def test_scaling_weights_changes_nothing(province, factor):
    def scaled(rules):
        return tuple(replace(rule, weight=rule.weight * factor) for rule in rules)

    policy = replace(POLICY, groups=scaled(POLICY.groups), parts=scaled(POLICY.parts))

    def results(scores):
        return [
            (s.questionnaire_exact, s.composite_exact, s.status, s.flags, s.grade, s.ranks)
            for s in scores
        ]

    expected = results(score_all(POLICY, QUESTIONS, province))
    assert results(score_all(policy, scaled(QUESTIONS), province)) == expected


@given(provinces)
@settings(deadline=None)
def test_ties_stay_ties(province):
    twin = replace(province[0], code="twin")
    scores = {each.code: each for each in score_all(POLICY, QUESTIONS, (*province, twin))}
    assert scores["twin"].ranks == scores[province[0].code].ranks
    assert scores["twin"].composite_exact == scores[province[0].code].composite_exact


@given(provinces)
@settings(deadline=None)
def test_a_veto_and_its_undoing_restore_the_list(province):
    before = score_all(POLICY, QUESTIONS, province)
    vetoed = [replace(each, vetoed=not each.vetoed) for each in province]
    during = score_all(POLICY, QUESTIONS, vetoed)
    assert [each.ranks for each in during] == [each.ranks for each in before]
    assert [each.composite for each in during] == [each.composite for each in before]
    undone = [replace(each, vetoed=not each.vetoed) for each in vetoed]
    assert score_all(POLICY, QUESTIONS, undone) == before


@given(provinces)
@settings(deadline=None)
def test_every_figure_is_on_its_scale_and_every_rank_counts_the_better(province):
    scores = score_all(POLICY, QUESTIONS, province)
    for score in scores:
        if score.composite_exact is not None:
            assert 0 <= score.composite_exact <= 100
            assert abs(Fraction(score.composite) - score.composite_exact) <= Fraction(1, 200)
        assert bool(score.ranks) == (score.status == "ranked") == (score.grade is not None)
    ranked = [each for each in scores if each.status == "ranked"]
    for score in ranked:
        key = score.composite, score.questionnaire
        better = sum((each.composite, each.questionnaire) > key for each in ranked)
        assert score.rank_in("all").position == better + 1
