"""Two runs beside each other: who moved, and why, from what each run froze."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from scoring.models import Part, ScoreRun, StationScore

SHOWN = ("status", "composite", "questionnaire", "rank_kind", "grade")


@dataclass(frozen=True)
class Moved:
    """A station whose figures differ. `old` or `new` is None where a run does not know it."""

    old: StationScore | None
    new: StationScore | None
    reasons: tuple[str, ...]

    @property
    def row(self) -> StationScore:
        return self.new or self.old

    @property
    def steps(self) -> int:
        """Places gained (positive) or lost within the kind."""
        if self.old and self.new and self.old.rank_kind and self.new.rank_kind:
            return self.old.rank_kind - self.new.rank_kind
        return 0

    @property
    def fallen(self) -> int:
        """Places lost, as a positive number."""
        return max(-self.steps, 0)


def changed_enrolments(old: ScoreRun, new: ScoreRun, user) -> list[int]:
    """The enrolments in scope whose result differs, those that moved furthest first."""
    fields = ("enrolment_id", *SHOWN)
    before, after = (
        {
            row[0]: row[1:]
            for row in StationScore.objects.visible_to(user).filter(run=run).values_list(*fields)
        }
        for run in (old, new)
    )
    rank = SHOWN.index("rank_kind")

    def steps(enrolment):
        old, new = (each.get(enrolment) for each in (before, after))
        ranks = old and old[rank], new and new[rank]
        if None not in ranks:
            return abs(ranks[0] - ranks[1])
        # Who gains or loses a rank moves furthest; who has none in either does not move.
        return 0 if ranks == (None, None) and old and new else float("inf")

    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return sorted(differing, key=lambda key: (-steps(key), key))


def explain_moves(old: ScoreRun, new: ScoreRun, enrolments: list[int]) -> list[Moved]:
    """Each of `enrolments` with the reasons for its change."""
    rows = [
        {row.enrolment_id: row for row in run.scores.filter(enrolment__in=enrolments)}
        for run in (old, new)
    ]
    rules = old.rules["files"] != new.rules["files"]
    return [
        Moved(
            rows[0].get(key), rows[1].get(key), _reasons(rows[0].get(key), rows[1].get(key), rules)
        )
        for key in enrolments
    ]


def _reasons(old: StationScore | None, new: StationScore | None, rules: bool) -> tuple[str, ...]:
    if old is None:
        return (_("new in this run"),)
    if new is None:
        return (_("no longer in this run"),)
    found = [_("the rules of scoring changed")] if rules else []
    for part in Part.values[:-1]:
        before, after = (row.inputs["daily"].get(part) for row in (old, new))
        if before != after:
            found.append(
                _("%(part)s: %(before)s → %(after)s")
                % {
                    "part": Part(part).label,
                    "before": before or _("missing"),
                    "after": after or _("missing"),
                }
            )
    if old.inputs["groups"] != new.inputs["groups"]:
        found.append(
            _("other ballots counted: questionnaire %(before)s → %(after)s")
            % {
                "before": "–" if old.questionnaire is None else old.questionnaire,
                "after": "–" if new.questionnaire is None else new.questionnaire,
            }
        )
    if old.inputs["vetoed"] != new.inputs["vetoed"]:
        found.append(_("veto put into effect") if new.inputs["vetoed"] else _("veto lifted"))
    return tuple(found) or (_("nothing of its own: others moved"),)
