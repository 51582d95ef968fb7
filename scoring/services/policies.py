"""The rules of scoring (计分规则): the notice's defaults, and their exact form for the engine."""

import csv
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.db import transaction

from accounts import audit
from campaign.models import Campaign, SupervisionLine
from scoring import engine
from scoring.models import (
    Grade,
    Part,
    PolicyGrade,
    PolicyGroup,
    PolicyOption,
    PolicyPart,
    ScoringPolicy,
)
from scoring.policies import check_can_set_policy
from surveys.models import Questionnaire

# Notice part 4 (3) 1: daily 30 of 100, of which the prefecture's office "占10%", read as 10 of 100
# and not as a tenth of the 30. Who gives the prefecture's share where a county hangs under the
# province, or where there is no county, is not said there; the province may change it.
DEFAULT_PARTS = {
    SupervisionLine.REGULAR: {Part.PREFECTURE: 10, Part.COUNTY: 20, Part.QUESTIONNAIRE: 70},
    SupervisionLine.DIRECT: {Part.PROVINCE: 10, Part.COUNTY: 20, Part.QUESTIONNAIRE: 70},
    SupervisionLine.NO_COUNTY: {Part.PREFECTURE: 30, Part.QUESTIONNAIRE: 70},
}
DEFAULT_GRADES = {
    Grade.EXCELLENT: 90,
    Grade.GOOD: 80,
    Grade.QUALIFIED: 60,
    Grade.UNQUALIFIED: 0,
}


def _rows(name: str) -> list[dict]:
    with (settings.BASE_DIR / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load_default_policy(*, campaign: Campaign, by, now: datetime) -> ScoringPolicy:
    """The campaign's policy; without one, version 1 with the defaults is written.

    `by` is None for the portal itself. Option values, group weights and minimums come from the
    files in `data/`. Raises `Denied`.
    """
    if by is not None:
        check_can_set_policy(by)
    # RACE: the lock makes a second caller wait, then find the first one's policy.
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    present = ScoringPolicy.objects.in_force(campaign)
    if present:
        return present
    policy = ScoringPolicy.objects.create(campaign=campaign, version=1)
    PolicyPart.objects.bulk_create(
        PolicyPart(policy=policy, line=line, part=part, weight=weight)
        for line, parts in DEFAULT_PARTS.items()
        for part, weight in parts.items()
    )
    PolicyOption.objects.bulk_create(
        PolicyOption(
            policy=policy,
            scale=row["scale_code"],
            option=int(row["option_no"]),
            value=Decimal(row["score"]) if row["counts_as_valid"] == "1" else None,
        )
        for row in _rows("questionnaire_scales.csv")
    )
    PolicyGroup.objects.bulk_create(
        PolicyGroup(
            policy=policy,
            group=row["group_code"],
            weight=Decimal(row["weight"]),
            minimum=int(row["min_valid_per_station"]),
        )
        for row in _rows("respondent_groups.csv")
    )
    PolicyGrade.objects.bulk_create(
        PolicyGrade(policy=policy, grade=grade, floor=floor)
        for grade, floor in DEFAULT_GRADES.items()
    )
    audit.record(
        by=by, act="policy.created", target=policy, now=now, after={"version": policy.version}
    )
    return policy


def as_engine_policy(policy: ScoringPolicy) -> engine.Policy:
    """The policy as the engine takes it, every number exact.

    Raises ValueError where the policy contradicts itself.
    """
    return engine.Policy(
        version=policy.version,
        places=policy.places,
        minimum_sample=policy.minimum_sample,
        valid_share=Fraction(policy.valid_share),
        options=tuple(
            engine.OptionRule(
                scale=row.scale,
                option=str(row.option),
                counts=row.value is not None,
                value=None if row.value is None else Fraction(row.value),
            )
            for row in policy.options.all()
        ),
        groups=tuple(
            engine.GroupRule(row.group, Fraction(row.weight), row.minimum)
            for row in policy.groups.all()
        ),
        parts=tuple(
            engine.PartRule(row.line, row.part, Fraction(row.weight)) for row in policy.parts.all()
        ),
        grades=tuple(engine.GradeBand(row.grade, row.floor) for row in policy.grades.all()),
        veto_grade=policy.veto_grade,
        tie_break=policy.tie_break,
    )


def words_of(campaign: Campaign) -> dict:
    """The names of options, by (scale, number), and of groups, by code, in the questionnaire in
    force; empty before there is one."""
    questionnaire = Questionnaire.objects.in_force(campaign)
    if questionnaire is None:
        return {"options": {}, "groups": {}}
    return {
        "options": {
            (scale.code, option.number): option.text
            for scale in questionnaire.scales.prefetch_related("options")
            for option in scale.options.all()
        },
        "groups": {group.code: group.name for group in questionnaire.groups.all()},
    }


def policy_in_words(policy: ScoringPolicy) -> dict:
    """The policy for the page: parts by line, options by scale and groups, with their names."""
    words = words_of(policy.campaign)
    names, groups = words["options"], words["groups"]
    lines: dict[str, list] = {}
    for part in policy.parts.all():
        lines.setdefault(part.get_line_display(), []).append(part)
    scales: dict[str, list] = {}
    for option in policy.options.all():
        # A scale that the questionnaire does not use says nothing to a reader.
        if not names or (option.scale, option.option) in names:
            name = names.get((option.scale, option.option), option.option)
            scales.setdefault(option.scale, []).append((name, option.value))
    return {
        "lines": lines,
        "scales": {
            scale: options
            for scale, options in scales.items()
            if any(value is not None for _, value in options)
        },
        "groups": [(groups.get(row.group, row.group), row) for row in policy.groups.all()],
        "grades": policy.grades.all(),
        "valid_percent": policy.valid_share * 100,
    }
