"""Changing the rules of scoring: always a new version, never one that a run may have used."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from campaign.models import Campaign, SupervisionLine
from common.errors import WrongMoment
from scoring import engine
from scoring.models import (
    SMALLEST_GROUP_SHOWN,
    Part,
    PolicyGrade,
    PolicyGroup,
    PolicyOption,
    PolicyPart,
    PolicyPeerGroup,
    ScoringPolicy,
    TenPercent,
)
from scoring.policies import check_can_set_policy

# The two readings of "其中省辖市政府纠风办占10%" where there is a county: who is above, the county.
READINGS = {
    TenPercent.OF_HUNDRED: (Decimal(10), Decimal(20)),
    TenPercent.OF_THIRTY: (Decimal(3), Decimal(27)),
}
ABOVE = {SupervisionLine.REGULAR: Part.PREFECTURE, SupervisionLine.DIRECT: Part.PROVINCE}


@dataclass(frozen=True)
class PolicyDraft:
    """A version that has not been saved: what the editor's form holds.

    `peers`: dicts with the fields of `PolicyPeerGroup`.
    """

    places: int
    minimum_sample: int
    valid_share: Decimal
    veto_grade: str
    tie_break: str
    ten_percent: str
    parts: dict[tuple[str, str], Decimal]
    options: dict[tuple[str, int], Decimal | None]
    groups: dict[str, tuple[Decimal, int]]
    grades: dict[str, Decimal]
    peers: list[dict] = field(default_factory=list)

    @property
    def weights(self) -> dict[tuple[str, str], Decimal]:
        """The parts by line and part, under the chosen reading; what weighs nothing is left out."""
        found = dict(self.parts)
        if self.ten_percent in READINGS:
            upper, county = READINGS[self.ten_percent]
            for line, part in ABOVE.items():
                found[line, part], found[line, Part.COUNTY] = upper, county
        return {key: weight for key, weight in found.items() if weight}


def draft_of(policy: ScoringPolicy) -> PolicyDraft:
    """A saved version as the editor takes it."""
    return PolicyDraft(
        places=policy.places,
        minimum_sample=policy.minimum_sample,
        valid_share=policy.valid_share,
        veto_grade=policy.veto_grade,
        tie_break=policy.tie_break,
        ten_percent=policy.ten_percent,
        parts={(row.line, row.part): row.weight for row in policy.parts.all()},
        options={(row.scale, row.option): row.value for row in policy.options.all()},
        groups={row.group: (row.weight, row.minimum) for row in policy.groups.all()},
        grades={row.grade: row.floor for row in policy.grades.all()},
        peers=[
            {
                "code": row.code,
                "name_zh": row.name_zh,
                "name_en": row.name_en,
                "kind": row.kind,
                "staff_from": row.staff_from,
                "staff_to": row.staff_to,
            }
            for row in policy.peer_groups.all()
        ],
    )


def engine_policy(draft: PolicyDraft, version: int) -> engine.Policy:
    """The draft as the engine takes it. Raises `ValidationError` where it contradicts itself."""
    small = [code for code, (_w, least) in draft.groups.items() if least < SMALLEST_GROUP_SHOWN]
    if small:
        raise ValidationError(
            _("A group needs at least %(least)s ballots, so that nobody can be recognised.")
            % {"least": SMALLEST_GROUP_SHOWN}
        )
    try:
        return engine.Policy(
            version=version,
            places=draft.places,
            minimum_sample=draft.minimum_sample,
            valid_share=Fraction(draft.valid_share),
            options=tuple(
                engine.OptionRule(
                    scale,
                    str(option),
                    value is not None,
                    None if value is None else Fraction(value),
                )
                for (scale, option), value in draft.options.items()
            ),
            groups=tuple(
                engine.GroupRule(code, Fraction(weight), least)
                for code, (weight, least) in draft.groups.items()
            ),
            parts=tuple(
                engine.PartRule(line, part, Fraction(weight))
                for (line, part), weight in draft.weights.items()
            ),
            grades=tuple(
                engine.GradeBand(grade, Decimal(floor)) for grade, floor in draft.grades.items()
            ),
            veto_grade=draft.veto_grade,
            tie_break=draft.tie_break,
        )
    except ValueError as reason:
        raise ValidationError(
            _("The rules contradict themselves: %(reason)s.") % {"reason": reason}
        ) from reason


@transaction.atomic
def save_policy_version(
    *,
    campaign: Campaign,
    draft: PolicyDraft,
    reason: str,
    by,
    now: datetime,
    expected_version: int,
) -> ScoringPolicy:
    """Write the draft as the next version, with the reason. `expected_version`: what the person
    started from; `WrongMoment` when somebody else saved one meanwhile. Runs of before keep theirs.
    """
    check_can_set_policy(by)
    # RACE: one version at a time.
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    present = ScoringPolicy.objects.in_force(campaign)
    if present is None or present.version != expected_version:
        raise WrongMoment(_("Somebody else saved a new version in the meantime."))
    engine_policy(draft, expected_version + 1)
    policy = ScoringPolicy.objects.create(
        campaign=campaign,
        version=expected_version + 1,
        places=draft.places,
        minimum_sample=draft.minimum_sample,
        valid_share=draft.valid_share,
        veto_grade=draft.veto_grade,
        tie_break=draft.tie_break,
        ten_percent=draft.ten_percent,
        reason=reason,
        made_by=by,
        made_at=now,
    )
    PolicyPart.objects.bulk_create(
        PolicyPart(policy=policy, line=line, part=part, weight=weight)
        for (line, part), weight in draft.weights.items()
    )
    PolicyOption.objects.bulk_create(
        PolicyOption(policy=policy, scale=scale, option=option, value=value)
        for (scale, option), value in draft.options.items()
    )
    PolicyGroup.objects.bulk_create(
        PolicyGroup(policy=policy, group=code, weight=weight, minimum=least)
        for code, (weight, least) in draft.groups.items()
    )
    PolicyGrade.objects.bulk_create(
        PolicyGrade(policy=policy, grade=grade, floor=floor)
        for grade, floor in draft.grades.items()
    )
    PolicyPeerGroup.objects.bulk_create(
        PolicyPeerGroup(policy=policy, **fields) for fields in draft.peers
    )
    audit.record(
        by=by,
        act="policy.changed",
        target=policy,
        now=now,
        before=_told(draft_of(present)),
        after=_told(draft),
        reason=reason,
    )
    return policy


def _told(draft: PolicyDraft) -> dict:
    """A draft for the audit trail: plain text by name."""
    found = {
        name: str(getattr(draft, name))
        for name in ("places", "minimum_sample", "veto_grade", "tie_break", "ten_percent")
    }
    found |= {f"{line} {part}": str(weight) for (line, part), weight in draft.weights.items()}
    found |= {f"{scale}.{option}": str(value) for (scale, option), value in draft.options.items()}
    found |= {f"group {code}": f"{w} ≥{least}" for code, (w, least) in draft.groups.items()}
    found |= {f"grade {grade}": str(floor) for grade, floor in draft.grades.items()}
    return found | {f"peers {row['code']}": row["name_zh"] for row in draft.peers}
