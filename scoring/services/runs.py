"""Scoring runs (计分批次): collect, compute, freeze; and prove that what was frozen still holds."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, Enrolment, SupervisionLine
from common.errors import Incomplete
from evaluations.models import Veto
from scoring import bundle, engine, intervals
from scoring.frozen import frozen_inputs, rules_of, station_input
from scoring.models import (
    SMALLEST_GROUP_SHOWN,
    DailyAssessment,
    ScoreRun,
    ScoringPolicy,
    StationScore,
)
from scoring.policies import check_can_make_run
from scoring.services.policies import as_engine_policy
from surveys import tallies
from surveys.models import Questionnaire

RESULTS = (
    "status",
    "flags",
    "questionnaire",
    "composite",
    "grade",
    "valid_ballots",
    "rank_all",
    "rank_kind",
    "rank_prefecture",
)


class NotProvable(ValueError):
    """The stored run does not follow from its own frozen inputs: somebody changed it."""


def make_run(*, campaign: Campaign, by, now: datetime, key: UUID | None = None) -> ScoreRun:
    """Compute every enrolled station's score and ranks, and freeze inputs and results.

    `by` is None for the portal itself. `key` names the form that asks: the same form sent twice is
    one run. Raises `Denied`, `WrongMoment`, and `Incomplete` where the campaign has no policy or no
    questionnaire yet, or the two contradict each other.
    """
    if by is not None:
        check_can_make_run(by, campaign, now)
    outermost = not connection.in_atomic_block
    try:
        return _make_run_once(campaign, by, now, key, outermost)
    except IntegrityError:
        # RACE: the same form, sent twice at once: the other one's run is the run.
        present = ScoreRun.objects.filter(key=key).first() if key else None
        if present is None:
            raise
        return present


def _make_run_once(campaign, by, now, key, outermost) -> ScoreRun:
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            # RACE: ballots and daily scores arrive meanwhile. One snapshot for all that is read;
            # PostgreSQL takes this only as the first statement. SQLite has one writer anyway.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        present = ScoreRun.objects.filter(key=key).first() if key else None
        return present or _make_run(campaign, by, now, key)


def _make_run(campaign, by, now, key) -> ScoreRun:
    policy = ScoringPolicy.objects.in_force(campaign)
    if policy is None:
        raise Incomplete(_("The campaign has no scoring policy yet."))
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        raise Incomplete(_("The campaign's questionnaire is not in force yet."))
    scored = [q for q in questionnaire.questions.select_related("scale") if q.weight > 0]
    try:
        rules = as_engine_policy(policy)
        questions = tuple(
            engine.Question(q.number, q.scale.code, Fraction(q.weight)) for q in scored
        )
        rows = _frozen_rows(campaign, rules, questions)
        stations = tuple(map(station_input, rows))
        results = engine.score_all(rules, questions, stations)
    except ValueError as reason:
        raise Incomplete(
            _("Policy, questionnaire and data do not fit together: %(reason)s.")
            % {"reason": reason}
        ) from reason
    input_digest = bundle.digest(bundle.input_files(rules, questions, stations))
    by_code = {row.code: row for row in rows}
    for result in results:
        for field, value in results_of(result).items():
            setattr(by_code[result.code], field, value)
    reliability = intervals.measure(by_code, results, seed=input_digest)
    run = ScoreRun.objects.create(
        campaign=campaign,
        policy=policy,
        engine_version=engine.ENGINE_VERSION,
        made_at=now,
        made_by=by,
        rules=rules_of(rules, questions, _labels(questionnaire, scored)),
        input_digest=input_digest,
        output_digest=bundle.digest(bundle.output_files(results)),
        station_count=len(results),
        ranked_count=sum(result.status == "ranked" for result in results),
        reliability=reliability,
        key=key,
    )
    for row in rows:
        row.run = run
    StationScore.objects.bulk_create(rows, batch_size=500)
    ScoringPolicy.objects.filter(pk=policy.pk, frozen_at=None).update(frozen_at=now)
    audit.record(
        by=by,
        act="run.made",
        target=run,
        now=now,
        after={
            "policy": policy.version,
            "input_digest": run.input_digest,
            "output_digest": run.output_digest,
        },
    )
    return run


def results_of(result: engine.StationScore) -> dict:
    """The columns of a `StationScore` row that the engine's result fills."""
    ranks = [rank.position for rank in result.ranks] or [None] * 3
    values = (
        result.status,
        list(result.flags),
        result.questionnaire,
        result.composite,
        result.grade or "",
        result.valid_ballots,
        *ranks,
    )
    return dict(zip(RESULTS, values, strict=True))


def _frozen_rows(
    campaign: Campaign, policy: engine.Policy, questions: tuple[engine.Question, ...]
) -> list[StationScore]:
    """Every enrolment as an unsaved score that holds names and inputs, but no result yet."""
    daily: dict[int, dict] = {}
    for row in DailyAssessment.objects.filter(enrolment__campaign=campaign).order_by("part"):
        daily.setdefault(row.enrolment_id, {})[row.part] = f"{row.score:.2f}"
    vetoed = set(
        Veto.objects.in_effect()
        .filter(enrolment__campaign=campaign)
        .values_list("enrolment_id", flat=True)
    )
    scored = {question.number for question in questions}
    spread_of = intervals.spread_by(policy, questions)
    counted: dict[int, dict] = {}
    spreads: dict[int, dict] = {}
    for cell in tallies.cells(campaign):
        counted.setdefault(cell.enrolment_id, {})[cell.group] = (cell.ballots, cell.counts)
        if cell.ballots >= SMALLEST_GROUP_SHOWN:
            spreads.setdefault(cell.enrolment_id, {})[cell.group] = spread_of(cell)
    rows = []
    for enrolment in Enrolment.objects.filter(campaign=campaign).with_station():
        unit, bureau, line = enrolment.organisation, enrolment.bureau, enrolment.line
        regular = line == SupervisionLine.REGULAR
        rows.append(
            StationScore(
                enrolment=enrolment,
                code=unit.code,
                path=unit.path,
                name_zh=unit.name_zh,
                name_en=unit.name_en,
                kind=enrolment.station.kind,
                line=line,
                prefecture=bureau.supervisor.code if regular else bureau.code,
                county="" if line == SupervisionLine.NO_COUNTY else bureau.code,
                inputs={
                    "daily": daily.get(enrolment.pk, {}),
                    "groups": _scored_counts(counted.get(enrolment.pk, {}), scored),
                    "vetoed": enrolment.pk in vetoed,
                },
                spread=spreads.get(enrolment.pk, {}),
            )
        )
    return rows


def _scored_counts(groups: dict, scored: set[int]) -> dict:
    """The tallies of one station, of scored questions only and without blanks."""
    return {
        group: {
            "valid_ballots": valid_ballots,
            "counts": {
                str(number): {
                    str(option): count
                    for option, count in sorted(options.items())
                    if count and str(option) != engine.BLANK
                }
                for number, options in sorted(counts.items())
                if number in scored
            },
        }
        for group, (valid_ballots, counts) in sorted(groups.items())
        if valid_ballots
    }


def _labels(questionnaire: Questionnaire, scored) -> dict:
    """The words of the questionnaire in both languages, for explanations of the frozen run."""

    def pair(row, field):
        return {"zh": getattr(row, f"{field}_zh"), "en": getattr(row, f"{field}_en")}

    return {
        "questions": {str(question.number): pair(question, "text") for question in scored},
        "groups": {group.code: pair(group, "name") for group in questionnaire.groups.all()},
        "options": {
            scale.code: {str(option.number): pair(option, "text") for option in scale.options.all()}
            for scale in questionnaire.scales.prefetch_related("options")
        },
    }


def files_of(run: ScoreRun) -> dict[str, bytes]:
    """The run as the canonical files that `verify_run.py` checks, with their manifest.

    Everything is recomputed from the frozen inputs first. Raises `NotProvable` when inputs, results
    or digests do not agree with what was frozen, naming the first difference.
    """
    if run.engine_version != engine.ENGINE_VERSION:
        raise NotProvable(
            f"run {run.pk} was made by engine {run.engine_version}, "
            f"this is engine {engine.ENGINE_VERSION}"
        )
    try:
        policy, questions, stations = frozen_inputs(run)
        results = engine.score_all(policy, questions, stations)
    except (ValueError, ArithmeticError, KeyError, TypeError) as reason:
        raise NotProvable(f"run {run.pk}: frozen inputs are damaged: {reason}") from reason
    inputs, outputs = (
        bundle.input_files(policy, questions, stations),
        bundle.output_files(results),
    )
    if bundle.digest(inputs) != run.input_digest:
        raise NotProvable(f"run {run.pk}: the frozen inputs do not have the digest of the run")
    stored = {row.pop("code"): row for row in run.scores.values("code", *RESULTS)}
    for result in results:
        for field, value in results_of(result).items():
            if stored[result.code][field] != value:
                raise NotProvable(
                    f"run {run.pk}: station {result.code}: {field}: stored "
                    f"{stored[result.code][field]}, recomputed {value}"
                )
    if bundle.digest(outputs) != run.output_digest:
        raise NotProvable(f"run {run.pk}: the results do not have the digest of the run")
    manifest = bundle.manifest(
        run_id=str(run.pk),
        campaign_year=run.campaign.year,
        policy=policy,
        made_at=timezone.localtime(run.made_at),
        inputs=inputs,
        outputs=outputs,
    )
    return {**inputs, **outputs, bundle.MANIFEST: manifest}
