"""Runs: by hand from the rule, frozen, repeatable, exported and proved."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import AuditEvent
from common.errors import Denied, Incomplete, WrongMoment
from evaluations.models import Veto
from scoring import bundle
from scoring.frozen import frozen_inputs
from scoring.models import DailyAssessment, ScoreRun, ScoringPolicy, StationScore
from scoring.services.policies import as_engine_policy, load_default_policy
from scoring.services.runs import NotProvable, files_of, make_run
from surveys.models import Questionnaire
from tests.factories import NOW, at, small_province
from tests.scoring.voters import questionnaire, scored_province, vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return scored_province(small_province())


def run_of(world, **more):
    return make_run(campaign=world.campaign, by=world.province_officer, now=NOW, **more)


def table(run):
    fields = ("status", "composite", "questionnaire", "rank_all", "rank_kind", "rank_prefecture")
    return {
        score.code: (
            score.status,
            *(None if v is None else str(v) for v in (score.composite, score.questionnaire)),
            *(getattr(score, field) for field in fields[3:]),
            score.grade,
        )
        for score in run.scores.all()
    }


EXPECTED = {
    "410122-2": ("ranked", "88.00", "100.00", 1, 1, 1, "good"),
    "419001-1": ("ranked", "85.00", "100.00", 2, 1, 1, "good"),
    "410122-1": ("ranked", "79.36", "77.50", 3, 2, 1, "qualified"),
    "410185-1": ("ranked", "79.36", "77.50", 3, 2, 1, "qualified"),
    "410181-1": ("incomplete", None, "77.50", None, None, None, ""),
    "410221-1": ("insufficient_sample", "98.50", "100.00", None, None, None, ""),
}


def test_a_run_gives_the_figures_by_hand(world):
    run = run_of(world)
    assert table(run) == EXPECTED
    assert (run.station_count, run.ranked_count) == (6, 4)
    flags = {score.code: score.flags for score in run.scores.all()}
    assert flags["410181-1"] == ["missing_province"]
    assert flags["410221-1"] == ["groups_renormalised", "insufficient_sample"]
    assert flags["410122-1"] == []


def test_the_default_policy_is_the_notices(world):
    row = ScoringPolicy.objects.get()
    assert load_default_policy(campaign=world.campaign, by=None, now=NOW) == row
    policy = as_engine_policy(row)
    assert [(p.line, p.part, int(p.weight)) for p in policy.parts] == [
        ("direct", "province", 10),
        ("direct", "county", 20),
        ("direct", "questionnaire", 70),
        ("no_county", "prefecture", 30),
        ("no_county", "questionnaire", 70),
        ("regular", "prefecture", 10),
        ("regular", "county", 20),
        ("regular", "questionnaire", 70),
    ]
    assert [(g.code, int(g.weight), g.minimum) for g in policy.groups] == [
        ("service", 50, 15),
        ("society", 25, 10),
        ("supervisor", 25, 5),
    ]
    s4 = [(o.option, o.counts, o.value) for o in policy.options if o.scale == "S4"]
    assert s4 == [("1", True, 100), ("2", True, 70), ("3", True, 0), ("4", False, None)]
    assert (policy.minimum_sample, str(policy.valid_share), policy.places) == (30, "4/5", 2)
    assert {band.code: int(band.floor) for band in policy.grades} == {
        "excellent": 90,
        "good": 80,
        "qualified": 60,
        "unqualified": 0,
    }


def test_a_veto_caps_the_grade_and_changes_no_figure(world):
    Veto.objects.create(
        enrolment=world.jiyuan_enrolment,
        reason="暗访查实吃拿卡要",
        state="in_effect",
        proposed_by=world.province_officer,
        proposed_at=NOW,
        decided_by=world.leader,
        decided_at=NOW,
    )
    expected = EXPECTED | {"419001-1": ("ranked", "85.00", "100.00", 2, 1, 1, "unqualified")}
    assert table(run_of(world)) == expected
    Veto.objects.update(state="lifted")
    assert table(run_of(world)) == EXPECTED


def test_a_missing_part_is_never_zero(world):
    DailyAssessment.objects.filter(enrolment=world.township_enrolment, part="county").delete()
    score = run_of(world).scores.get(code="410122-2")
    assert (score.status, score.composite, score.rank_all) == ("incomplete", None, None)
    assert score.flags == ["groups_renormalised", "missing_county"]
    DailyAssessment.objects.create(
        enrolment=world.township_enrolment,
        part="county",
        score=0,
        basis="全年未开展工作",
        given_by=world.county_assessor,
        given_at=NOW,
    )
    score = run_of(world).scores.get(code="410122-2")
    assert (score.status, score.composite) == ("ranked", Decimal("76.00"))


def test_the_same_inputs_give_the_same_digests(world):
    first, second = run_of(world), run_of(world)
    assert first.pk != second.pk
    assert first.input_digest == second.input_digest
    assert first.output_digest == second.output_digest
    vote(world.township_enrolment, "service", ("333", 1))
    third = run_of(world)
    assert third.input_digest != first.input_digest
    assert third.output_digest != first.output_digest


def test_what_is_frozen_stays(world):
    run = run_of(world)
    before = files_of(run)
    vote(world.township_enrolment, "service", ("333", 9))
    DailyAssessment.objects.update(score=1)
    Questionnaire.objects.get().questions.update(weight=1)
    assert files_of(ScoreRun.objects.get(pk=run.pk)) == before
    policy, questions, stations = frozen_inputs(run)
    assert bundle.digest(bundle.input_files(policy, questions, stations)) == run.input_digest
    assert [(q.number, int(q.weight)) for q in questions] == [(1, 10), (2, 30)]


def test_only_scored_questions_are_frozen(world):
    inputs = run_of(world).scores.get(code="410122-1").inputs
    assert inputs == {
        "daily": {"county": "80.55", "prefecture": "90.00"},
        "groups": {
            "service": {"valid_ballots": 20, "counts": {"1": {"1": 20}, "2": {"1": 10, "2": 10}}},
            "society": {"valid_ballots": 10, "counts": {"1": {"1": 10}, "2": {"1": 5, "3": 5}}},
            "supervisor": {"valid_ballots": 5, "counts": {"1": {"2": 5}, "2": {"2": 5}}},
        },
        "vetoed": False,
    }


def test_the_first_run_freezes_the_policy(world):
    assert ScoringPolicy.objects.get().frozen_at is None
    run_of(world)
    make_run(campaign=world.campaign, by=None, now=at("2014-11-01 09:00"))
    assert ScoringPolicy.objects.get().frozen_at == NOW
    assert AuditEvent.objects.filter(act="run.made").count() == 2


def test_the_province_runs_while_the_phase_allows(world):
    with pytest.raises(Denied):
        make_run(campaign=world.campaign, by=world.prefecture_officer, now=NOW)
    with pytest.raises(WrongMoment):
        make_run(campaign=world.campaign, by=world.province_officer, now=at("2014-12-01 00:00"))
    assert ScoreRun.objects.count() == 0
    run_of(world)
    assert ScoreRun.objects.count() == 1


def test_the_same_form_is_one_run(world):
    key = uuid4()
    assert run_of(world, key=key) == run_of(world, key=key)
    assert ScoreRun.objects.count() == 1
    assert run_of(world, key=uuid4()).pk != ScoreRun.objects.order_by("pk").first().pk


def test_without_policy_or_questionnaire_there_is_no_run():
    world = small_province()
    with pytest.raises(Incomplete):
        run_of(world)
    load_default_policy(campaign=world.campaign, by=world.province_admin, now=NOW)
    with pytest.raises(Incomplete):
        run_of(world)
    questionnaire(world.campaign)
    assert run_of(world).ranked_count == 0


def test_a_group_that_the_policy_does_not_know_is_named(world):
    vote(world.township_enrolment, "strangers", ("111", 5))
    with pytest.raises(Incomplete, match="strangers"):
        run_of(world)
    assert ScoreRun.objects.count() == 0


def test_the_commands_make_a_run_and_a_bundle_that_verifies(world, tmp_path, capsys):
    out, result = tmp_path / "bundle", tmp_path / "run.json"
    call_command("score", "--campaign", "2014", "--json", str(result))
    run = ScoreRun.objects.get()
    content = json.loads(result.read_text())
    assert content["id"] == run.pk
    assert content["output_digest"] == run.output_digest
    assert content["stations"][0] == {
        "code": "410122-1",
        "status": "ranked",
        "composite": "79.36",
        "questionnaire": "77.50",
        "rank_all": 3,
        "rank_kind": 2,
        "rank_prefecture": 1,
        "grade": "qualified",
        "flags": [],
    }
    assert run.output_digest in capsys.readouterr().out
    call_command("export_run", str(run.pk), "--out", str(out))
    assert verify(out) == 0
    call_command("export_run", str(run.pk), "--out", str(out))  # over an earlier export
    assert AuditEvent.objects.filter(act="run.exported", target_id=str(run.pk)).count() == 2
    assert verify(out) == 0
    for name in ("scores.csv", "tallies.csv", "policy.csv", "manifest.json"):
        forged = tmp_path / f"forged-{name}"
        shutil.copytree(out, forged)
        data = bytearray((forged / name).read_bytes())
        digits = [at for at, byte in enumerate(data) if chr(byte).isdigit()]
        data[digits[-1]] = ord("1") if data[digits[-1]] != ord("1") else ord("2")
        (forged / name).write_bytes(data)
        assert verify(forged) == 1


def verify(folder):
    script = portal.BASE_DIR / "verify_run.py"
    done = subprocess.run([sys.executable, script, folder], capture_output=True, check=False)
    return done.returncode


def test_a_foreign_folder_is_left_alone(world, tmp_path):
    run = run_of(world)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(CommandError, match="diary.txt"):
        call_command("export_run", str(run.pk), "--out", str(tmp_path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize(
    "change",
    [
        {"composite": Decimal("79.37")},
        {"rank_all": 2},
        {"grade": "good"},
        {"valid_ballots": 36},
        {"status": "incomplete", "rank_all": None},
        {"inputs": {"daily": {}, "groups": {}, "vetoed": False}},
        {"inputs": {"daily": {"county": "81", "prefecture": "90"}, "groups": {}, "vetoed": False}},
        {"inputs": {}},
    ],
)
def test_a_changed_row_is_not_exported(world, tmp_path, change):
    run = run_of(world)
    files_of(run)
    StationScore.objects.filter(run=run, code="410122-1").update(**change)
    with pytest.raises(NotProvable):
        files_of(run)
    with pytest.raises(CommandError):
        call_command("export_run", str(run.pk), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_unknown_campaigns_and_runs_are_told(world, tmp_path):
    with pytest.raises(CommandError, match="1999"):
        call_command("score", "--campaign", "1999")
    with pytest.raises(CommandError, match="999"):
        call_command("export_run", "999", "--out", str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("who", "status"),
    [("province_officer", 302), ("province_admin", 302), ("prefecture_officer", 403)],
)
def test_the_button_makes_a_run(world, client, settings, who, status):
    settings.DEMONSTRATION, settings.PORTAL_TODAY = True, "2014-10-25"
    client.force_login(getattr(world, who))
    key = str(uuid4())
    for _ in range(2):
        assert client.post(reverse("scoring:run-make"), {"key": key}).status_code == status
    assert ScoreRun.objects.count() == (1 if status == 302 else 0)
    assert client.get(reverse("scoring:run-make")).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_a_run_in_a_transaction_of_its_own():
    """As a request makes it: on PostgreSQL in one snapshot (REPEATABLE READ)."""
    world = scored_province(small_province())
    key = uuid4()
    run = run_of(world, key=key)
    assert table(run) == EXPECTED
    assert run_of(world, key=key) == run
