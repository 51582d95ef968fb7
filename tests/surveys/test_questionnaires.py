import pytest

from accounts.models import AuditEvent
from common.errors import Denied, Incomplete, WrongMoment
from surveys.layout import layout_of
from surveys.models import Questionnaire, Scale
from surveys.receipts import new_key
from surveys.services.ballots import cast_ballot
from surveys.services.questionnaires import load_questionnaire, open_questionnaire
from tests.factories import NOW, small_province
from tests.surveys.survey_cast import answers, csv_rows, loaded, opened

pytestmark = pytest.mark.django_db


def test_the_shipped_questionnaire_loads_as_it_stands():
    world = small_province()
    questionnaire = loaded(world)
    layout = layout_of(questionnaire)
    assert questionnaire.version == 1
    assert questionnaire.frozen_at is None
    assert [item.number for item in layout.items] == list(range(1, 13))
    assert [item.number for item in layout.items if item.scored] == list(range(1, 11))
    assert len(layout.packed) == 11
    assert layout.lead.number == 11
    assert [(choice.code, choice.counts) for choice in layout.items[0].choices] == [
        ("1", True),
        ("2", True),
        ("3", True),
        ("4", False),
    ]
    assert sum(question.weight for question in questionnaire.questions.all()) == 100
    assert [group.code for group in layout.groups] == ["service", "supervisor", "society"]
    assert set(Scale.objects.values_list("code", flat=True)) == {"S4", "YN"}
    assert AuditEvent.objects.get().act == "questionnaire.loaded"


def test_opening_freezes_once():
    world = small_province()
    questionnaire = loaded(world)
    assert Questionnaire.objects.in_force(world.campaign) is None
    open_questionnaire(questionnaire=questionnaire, by=world.province_admin, now=NOW)
    stored = Questionnaire.objects.in_force(world.campaign)
    assert stored.pk == questionnaire.pk
    assert stored.frozen_at == NOW
    assert len(stored.digest) == 64
    with pytest.raises(WrongMoment):
        open_questionnaire(questionnaire=stored, by=world.province_admin, now=NOW)


def test_the_digest_changes_with_any_word():
    world = small_province()
    first = opened(world)
    questions = csv_rows("questionnaire.csv")
    questions[3]["question_en"] += "!"
    second = loaded(world, questions=questions)
    open_questionnaire(questionnaire=second, by=world.province_admin, now=NOW)
    third = loaded(world)
    open_questionnaire(questionnaire=third, by=world.province_admin, now=NOW)
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert first.digest == third.digest != second.digest


def test_only_the_provincial_administrator_loads_and_opens():
    world = small_province()
    for user in (world.province_officer, world.county_officer, world.station_officer):
        with pytest.raises(Denied):
            load_questionnaire(
                campaign=world.campaign, questions=[], scales=[], groups=[], by=user, now=NOW
            )
    questionnaire = loaded(world)
    with pytest.raises(Denied):
        open_questionnaire(questionnaire=questionnaire, by=world.province_officer, now=NOW)


def test_nothing_changes_once_there_is_a_ballot():
    world = small_province()
    opened(world)
    later = loaded(world)
    cast_ballot(
        enrolment=world.brigade_enrolment,
        group="service",
        answers=answers(),
        comment="",
        channel="open",
        key=new_key(),
        now=NOW,
    )
    with pytest.raises(WrongMoment):
        open_questionnaire(questionnaire=later, by=world.province_admin, now=NOW)
    with pytest.raises(WrongMoment):
        loaded(world)


@pytest.mark.parametrize(
    ("table", "row", "change"),
    [
        ("questions", 0, {"scale_code": "S9"}),
        ("questions", 0, {"type": "matrix"}),
        ("questions", 0, {"q_no": "2"}),
        ("questions", 0, {"q_no": "one"}),
        ("questions", 0, {"weight": "-1"}),
        ("questions", 0, {"weight": "heavy"}),
        ("questions", 0, {"weight": "NaN"}),
        ("questions", 10, {"weight": "5"}),
        ("questions", 9, {"type": "yesno", "weight": "0"}),
        ("scales", 0, {"option_no": "10"}),
        ("scales", 0, {"option_no": "2"}),
        ("groups", 0, {"group_code": "society"}),
    ],
)
def test_a_wrong_row_is_refused_and_nothing_saved(table, row, change):
    world = small_province()
    files = {
        "questions": "questionnaire.csv",
        "scales": "questionnaire_scales.csv",
        "groups": "respondent_groups.csv",
    }
    rows = csv_rows(files[table])
    rows[row] |= change
    with pytest.raises(Incomplete):
        loaded(world, **{table: rows})
    assert Questionnaire.objects.count() == 0
    loaded(world)
    assert Questionnaire.objects.count() == 1


def test_a_questionnaire_without_weight_or_groups_is_refused():
    world = small_province()
    with pytest.raises(Incomplete):
        loaded(world, questions=csv_rows("questionnaire.csv")[10:])
    with pytest.raises(Incomplete):
        loaded(world, groups=[])
