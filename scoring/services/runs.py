"""Scoring runs (计分批次): collect, compute, freeze; and prove that what was frozen still holds."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Activity, Campaign
from common.errors import Incomplete
from scoring import bundle, engine, intervals
from scoring.frozen import frozen_inputs, rules_of, station_input
from scoring.models import ScoreRun, ScoringPolicy, StationScore
from scoring.policies import check_can_make_run
from scoring.ranking import positions, rank_key
from scoring.services.freezing import frozen_rows, labels_of
from scoring.services.policies import as_engine_policy
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
    # SECURITY: while ballots still come, nobody may learn one by subtracting two runs.
    preliminary = campaign.allows(Activity.QUESTIONNAIRE, now)
    scored = [q for q in questionnaire.questions.select_related("scale") if q.weight > 0]
    try:
        rules = as_engine_policy(policy)
        questions = tuple(
            engine.Question(q.number, q.scale.code, Fraction(q.weight)) for q in scored
        )
        rows = frozen_rows(
            campaign=campaign,
            policy_row=policy,
            policy=rules,
            questions=questions,
            preliminary=preliminary,
        )
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
    rank_among_peers(rows, policy.tie_break)
    reliability = intervals.measure(by_code, results, seed=input_digest)
    run = ScoreRun.objects.create(
        campaign=campaign,
        policy=policy,
        engine_version=engine.ENGINE_VERSION,
        made_at=now,
        made_by=by,
        rules=rules_of(rules, questions, labels_of(questionnaire, scored)),
        input_digest=input_digest,
        output_digest=bundle.digest(bundle.output_files(results)),
        station_count=len(results),
        ranked_count=sum(result.status == "ranked" for result in results),
        reliability=reliability,
        preliminary=preliminary,
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
        rows=[policy],
    )
    return run


def rank_among_peers(rows: list[StationScore], tie_break: str) -> None:
    """Fill in each ranked station's place in its peer group; the same order as the official one."""
    groups: dict[str, list[StationScore]] = {}
    for row in rows:
        if row.rank_all and row.peer_group:
            groups.setdefault(row.peer_group, []).append(row)
    for members in groups.values():
        keys = [rank_key(row.composite, row.questionnaire, tie_break) for row in members]
        places = positions(keys)
        for row, key in zip(members, keys, strict=True):
            row.rank_peer = places[key]


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
