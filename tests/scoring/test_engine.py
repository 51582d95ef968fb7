"""The worked examples of docs/scoring.md, with the figures that were calculated there by hand."""

from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from scoring.engine import (
    GradeBand,
    GroupRule,
    GroupTally,
    OptionRule,
    PartRule,
    Policy,
    Question,
    StationInput,
    is_valid_ballot,
    round_half_up,
    score_all,
    score_station,
)

WEIGHTS = {1: 10, 2: 8, 3: 8, 4: 8, 5: 7, 6: 8, 7: 13, 8: 10, 9: 10, 10: 18}
QUESTIONS = tuple(Question(number, "S4", F(weight)) for number, weight in WEIGHTS.items())


def policy(**changes):
    defaults = {
        "version": 1,
        "places": 2,
        "minimum_sample": 30,
        "valid_share": F(4, 5),
        "options": (
            OptionRule("S4", "1", True, F(100)),
            OptionRule("S4", "2", True, F(70)),
            OptionRule("S4", "3", True, F(0)),
            OptionRule("S4", "4", False, None),
        ),
        "groups": (
            GroupRule("service", F(50), 15),
            GroupRule("supervisor", F(25), 5),
            GroupRule("society", F(25), 10),
        ),
        "parts": (
            PartRule("regular", "prefecture", F(10)),
            PartRule("regular", "county", F(20)),
            PartRule("regular", "questionnaire", F(70)),
            PartRule("direct", "province", F(10)),
            PartRule("direct", "county", F(20)),
            PartRule("direct", "questionnaire", F(70)),
            PartRule("no_county", "prefecture", F(30)),
            PartRule("no_county", "questionnaire", F(70)),
        ),
        "grades": (
            GradeBand("excellent", D(90)),
            GradeBand("good", D(80)),
            GradeBand("qualified", D(60)),
            GradeBand("unqualified", D(0)),
        ),
    }
    return Policy(**defaults | changes)


POLICY = policy()


def tally(group, *same, **other):
    """Counts of options 1, 2, 3, 4: the same for every question, but `q7=(…)` for question 7."""
    counts = []
    for number in WEIGHTS:
        marks = other.get(f"q{number}", same)
        counts += [(number, str(option), count) for option, count in enumerate(marks, start=1)]
    return GroupTally(group, sum(same), tuple(counts))


def station(code="S1", *, daily, tallies, line="regular", vetoed=False, **place):
    return StationInput(
        code=code,
        kind=place.get("kind", "township"),
        line=line,
        prefecture=place.get("prefecture", "410100"),
        county=place.get("county", "410122"),
        daily=tuple((part, D(score)) for part, score in daily.items()),
        tallies=tuple(tallies),
        vetoed=vetoed,
    )


A_TALLIES = (
    tally("service", 14, 4, 2, q7=(10, 5, 3, 2)),
    tally("supervisor", 6, 2, 0),
    tally("society", 6, 3, 3),
)


def test_a_regular_station_is_scored_from_answers_to_composite():
    score = score_station(
        POLICY, QUESTIONS, station(daily={"prefecture": "90", "county": "85.5"}, tallies=A_TALLIES)
    )
    by_group = {group.group: group for group in score.groups}
    service = {question.number: question for question in by_group["service"].questions}
    assert service[1].score == 84
    assert (service[7].answers, service[7].points, service[7].score) == (18, 1350, 75)
    assert by_group["service"].score == F("82.83")
    assert by_group["supervisor"].score == F("92.5")
    assert by_group["society"].score == F("67.5")
    assert score.valid_ballots == 40
    assert score.questionnaire_exact == F("81.415")
    assert score.questionnaire == D("81.42")
    assert [(part.part, part.weight, part.value) for part in score.parts] == [
        ("prefecture", 10, 90),
        ("county", 20, F("85.5")),
        ("questionnaire", 70, F("81.415")),
    ]
    assert score.composite_exact == F("83.0905")
    assert str(score.composite) == "83.09"
    assert (score.status, score.flags, score.grade) == ("ranked", (), "good")


def test_composite_is_rounded_once_and_not_from_the_rounded_questionnaire():
    score = score_station(
        POLICY, QUESTIONS, station(daily={"prefecture": "91.12", "county": "85"}, tallies=A_TALLIES)
    )
    assert score.composite_exact == F("83.1025")
    assert score.composite == D("83.10")


def test_a_directly_administered_county_is_scored_by_the_province():
    score = score_station(
        POLICY,
        QUESTIONS,
        station(
            line="direct",
            prefecture="410181",
            county="410181",
            daily={"province": "88", "county": "92"},
            tallies=(
                tally("service", 12, 4, 0),
                tally("supervisor", 4, 0, 1),
                tally("society", 10, 0, 0),
            ),
        ),
    )
    assert score.questionnaire_exact == F("91.25")
    assert score.composite_exact == F("91.075")
    assert (score.composite, score.grade) == (D("91.08"), "excellent")


def test_jiyuan_has_no_county_part():
    score = score_station(
        POLICY,
        QUESTIONS,
        station(
            line="no_county",
            prefecture="419001",
            county="",
            daily={"prefecture": "86.4"},
            tallies=(
                tally("service", 9, 3, 3),
                tally("supervisor", 5, 0, 0),
                tally("society", 5, 4, 1),
            ),
        ),
    )
    assert score.questionnaire_exact == F("81.5")
    assert score.composite == D("82.97")
    assert score.flags == ()


def test_a_group_below_its_minimum_falls_out_and_the_others_share_its_weight():
    score = score_station(
        POLICY,
        QUESTIONS,
        station(
            daily={"prefecture": "90", "county": "90"},
            tallies=(
                tally("service", 20, 5, 0),
                tally("supervisor", 0, 0, 4),
                tally("society", 6, 2, 2),
            ),
        ),
    )
    reached = {group.group: group.reached_minimum for group in score.groups}
    assert reached == {"service": True, "society": True, "supervisor": False}
    assert score.questionnaire_exact == F(262, 3)
    assert score.questionnaire == D("87.33")
    assert score.composite_exact == F(1322, 15)
    assert score.composite == D("88.13")
    assert (score.status, score.flags) == ("ranked", ("groups_renormalised",))


def test_too_small_a_sample_has_a_composite_but_neither_rank_nor_grade():
    (score,) = score_all(
        POLICY,
        QUESTIONS,
        [
            station(
                daily={"prefecture": "80", "county": "80"},
                tallies=(
                    tally("service", 15, 0, 0),
                    tally("supervisor", 5, 0, 0),
                    tally("society", 9, 0, 0),
                ),
            )
        ],
    )
    assert (score.valid_ballots, score.questionnaire, score.composite) == (29, D(100), D("94.00"))
    assert score.status == "insufficient_sample"
    assert score.flags == ("groups_renormalised", "insufficient_sample")
    assert (score.grade, score.ranks) == (None, ())


def test_without_a_group_that_reaches_its_minimum_there_is_no_questionnaire_score():
    score = score_station(
        POLICY,
        QUESTIONS,
        station(
            daily={"prefecture": "80", "county": "80"},
            tallies=(
                tally("service", 10, 0, 0),
                tally("supervisor", 3, 0, 0),
                tally("society", 4, 0, 0),
            ),
        ),
    )
    assert (score.questionnaire_exact, score.questionnaire) == (None, None)
    assert (score.composite_exact, score.composite) == (None, None)
    assert (score.status, score.flags) == ("insufficient_sample", ("insufficient_sample",))


def test_a_missing_daily_part_is_never_zero():
    score = score_station(POLICY, QUESTIONS, station(daily={"prefecture": "90"}, tallies=A_TALLIES))
    assert score.questionnaire == D("81.42")
    assert (score.composite_exact, score.composite, score.grade) == (None, None, None)
    assert (score.status, score.flags) == ("incomplete", ("missing_county",))
    assert {part.part: part.value for part in score.parts}["county"] is None


def test_incomplete_wins_over_insufficient_sample_and_both_facts_are_kept():
    score = score_station(POLICY, QUESTIONS, station(daily={}, tallies=()))
    assert score.status == "incomplete"
    assert score.flags == ("insufficient_sample", "missing_county", "missing_prefecture")


def test_a_given_zero_is_a_score():
    score = score_station(
        POLICY, QUESTIONS, station(daily={"prefecture": "90", "county": "0"}, tallies=A_TALLIES)
    )
    assert (score.status, score.composite) == ("ranked", D("65.99"))


def test_a_tie_in_rounding_goes_up():
    eighty = (
        tally("service", 16, 0, 4),
        tally("supervisor", 8, 0, 2),
        tally("society", 8, 0, 2),
    )
    score = score_station(
        POLICY, QUESTIONS, station(daily={"prefecture": "90.65", "county": "96"}, tallies=eighty)
    )
    assert score.composite_exact == F("84.265")
    assert score.composite == D("84.27")


@pytest.mark.parametrize(
    ("exact", "places", "text"),
    [
        (F("84.265"), 2, "84.27"),
        (F("84.2649999"), 2, "84.26"),
        (F("89.995"), 2, "90.00"),
        (F(0), 2, "0.00"),
        (F("0.005"), 2, "0.01"),
        (F(200, 3), 2, "66.67"),
        (F("84.5"), 0, "85"),
    ],
)
def test_round_half_up(exact, places, text):
    assert str(round_half_up(exact, places)) == text


def four_stations(**changes):
    """W 90.00, X and Y 85.00 with Q 84, Z 85.00 with Q 80."""
    q84 = (tally("service", 14, 4, 2), tally("supervisor", 7, 2, 1), tally("society", 7, 2, 1))
    q80 = (tally("service", 16, 0, 4), tally("supervisor", 8, 0, 2), tally("society", 8, 0, 2))
    q91 = (tally("service", 14, 6, 0), tally("supervisor", 7, 3, 0), tally("society", 7, 3, 0))
    return [
        station("Z", daily={"prefecture": "98", "county": "96"}, tallies=q80),
        station("X", daily={"prefecture": "88", "county": "87"}, tallies=q84, kind="brigade"),
        station("W", daily={"prefecture": "90", "county": "86.5"}, tallies=q91, **changes),
        station("Y", daily={"prefecture": "86", "county": "88"}, tallies=q84, prefecture="410200"),
    ]


def test_ranks_are_1_2_2_4_and_a_tie_goes_to_the_higher_questionnaire_score():
    scores = score_all(POLICY, QUESTIONS, four_stations())
    assert [
        (each.code, str(each.composite), str(each.questionnaire), each.rank_in("all").position)
        for each in scores
    ] == [
        ("W", "90.00", "91.00", 1),
        ("X", "85.00", "84.00", 2),
        ("Y", "85.00", "84.00", 2),
        ("Z", "85.00", "80.00", 4),
    ]
    places = {
        each.code: [(rank.series, rank.position, rank.size) for rank in each.ranks]
        for each in scores
    }
    assert places == {
        "W": [("all", 1, 4), ("kind:township", 1, 3), ("prefecture:410100:township", 1, 2)],
        "X": [("all", 2, 4), ("kind:brigade", 1, 1), ("prefecture:410100:brigade", 1, 1)],
        "Y": [("all", 2, 4), ("kind:township", 2, 3), ("prefecture:410200:township", 1, 1)],
        "Z": [("all", 4, 4), ("kind:township", 3, 3), ("prefecture:410100:township", 2, 2)],
    }


def test_a_veto_caps_the_grade_and_changes_nothing_else():
    free = {each.code: each for each in score_all(POLICY, QUESTIONS, four_stations())}
    vetoed = {each.code: each for each in score_all(POLICY, QUESTIONS, four_stations(vetoed=True))}
    assert (free["W"].grade, free["W"].flags) == ("excellent", ())
    assert (vetoed["W"].grade, vetoed["W"].flags) == ("unqualified", ("vetoed",))
    assert vetoed["W"].composite == D("90.00")
    assert vetoed["W"].ranks == free["W"].ranks
    assert all(free[code] == vetoed[code] for code in "XYZ")


def test_a_milder_veto_caps_only_what_is_above_it():
    milder = policy(veto_grade="qualified")
    assert milder.grade(D("95"), vetoed=True) == "qualified"
    assert milder.grade(D("59.99"), vetoed=True) == "unqualified"
    assert milder.grade(D("90.00"), vetoed=False) == "excellent"
    assert milder.grade(D("89.99"), vetoed=False) == "good"


@pytest.mark.parametrize(
    ("answers", "valid"),
    [
        ("1112221100", True),  # 8 of 10
        ("1112221400", False),  # 7 of 10: the 4 is 不了解
        ("1111111111", True),
        ("3333333344", True),
        ("0000000000", False),
        ("4444444444", False),
    ],
)
def test_a_ballot_needs_four_fifths_of_its_answers(answers, valid):
    assert is_valid_ballot(answers, QUESTIONS, POLICY) is valid


@pytest.mark.parametrize("answers", ["111222110", "11122211000", "1112221105", ""])
def test_a_ballot_that_cannot_be_is_refused(answers):
    with pytest.raises(ValueError, match="ballot"):
        is_valid_ballot(answers, QUESTIONS, POLICY)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tallies": (GroupTally("nobody", 5, ()),)}, "unknown group"),
        ({"tallies": (GroupTally("service", 5, ((11, "1", 5),)),)}, "no question 11"),
        ({"tallies": (GroupTally("service", 5, ((1, "5", 5),)),)}, "with option 5"),
        ({"tallies": (GroupTally("service", 4, ((1, "1", 3), (1, "2", 2))),)}, "5 answers"),
        ({"daily": {"province": "90"}}, "no such part"),
    ],
)
def test_input_that_contradicts_the_rules_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        score_station(POLICY, QUESTIONS, station(**{"daily": {}, "tallies": ()} | wrong))


def test_a_station_given_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        score_all(POLICY, QUESTIONS, [station(daily={}, tallies=())] * 2)


def test_a_float_is_refused():
    with pytest.raises(TypeError, match="float"):
        Question(1, "S4", 10.0)
    with pytest.raises(TypeError, match="float"):
        OptionRule("S4", "1", True, 100.0)
    with pytest.raises(TypeError, match="float"):
        StationInput("S", "township", "regular", "P", "", (("county", 85.5),), (), False)


@pytest.mark.parametrize("score", ["-0.01", "100.01", "NaN", "Infinity"])
def test_a_daily_score_outside_0_to_100_is_refused(score):
    with pytest.raises(ValueError, match="between 0 and 100"):
        station(daily={"county": score}, tallies=())


def test_the_other_reading_of_ten_percent():
    weights = {"prefecture": F(3), "county": F(27), "questionnaire": F(70)}
    other = policy(
        parts=tuple(PartRule("regular", part, weight) for part, weight in weights.items())
    )
    score = score_station(
        other, QUESTIONS, station(daily={"prefecture": "90", "county": "85.5"}, tallies=A_TALLIES)
    )
    assert score.composite_exact == F("82.7755")
    assert score.composite == D("82.78")


def test_not_satisfied_worth_thirty():
    kinder = policy(
        options=tuple(
            OptionRule(rule.scale, rule.option, True, F(30)) if rule.option == "3" else rule
            for rule in POLICY.options
        )
    )
    tallies = (
        tally("service", 12, 4, 0),
        tally("supervisor", 4, 0, 1),
        tally("society", 10, 0, 0),
    )
    score = score_station(
        kinder,
        QUESTIONS,
        station(line="direct", daily={"province": "88", "county": "92"}, tallies=tallies),
    )
    assert score.questionnaire_exact == F("92.75")
    assert score.composite == D("92.13")


def test_under_the_tie_rule_share_equal_composites_share_at_once():
    """X, Y and Z of example H: 85.00 each; Z's lower questionnaire score no longer matters."""
    good = (tally("service", 14, 4, 2), tally("supervisor", 7, 2, 1), tally("society", 7, 2, 1))
    less = (tally("service", 16, 0, 4), tally("supervisor", 8, 0, 2), tally("society", 8, 0, 2))
    stations = [
        station("X", daily={"prefecture": "88", "county": "87"}, tallies=good),
        station("Z", daily={"prefecture": "98", "county": "96"}, tallies=less),
    ]

    def places(rules):
        return [score.ranks[0].position for score in score_all(rules, QUESTIONS, stations)]

    assert places(POLICY) == [1, 2]
    assert places(policy(tie_break="share")) == [1, 1]
