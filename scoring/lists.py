"""Which rows a list shows: filters, orders and the words beside the figures."""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import fmean

from django.db.models import Case, F, FilteredRelation, Max, Min, Q, Value, When
from django.db.models.functions import Length, Substr
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from campaign.models import Campaign, Enrolment
from common.charts.funnel import LIMITS, Point
from common.charts.score_bar import score_bar
from scoring.history import YearResult, histories
from scoring.models import (
    Grade,
    Part,
    ScoreRun,
    ScoreStatus,
    StationScore,
)
from stations.models import StationKind

_STATION = "station__organisation__"


def owed_daily(user, campaign: Campaign | None):
    """The enrolments whose daily score the acting unit gives, with `given_score`, `given_basis` and
    `given_at`.

    The same rule as `campaign.services.obligations.daily_debtor`, told to the database.
    """
    unit = user.organisation
    two_above = Q(**{f"{_STATION}supervisor__supervisor": unit})
    right_above = Q(**{f"{_STATION}supervisor": unit})
    rule = {
        # Of the province, only the directly administered counties: Jiyuan's prefecture gives all.
        OrganisationKind.PROVINCE: two_above
        & Q(**{f"{_STATION}supervisor__kind": OrganisationKind.COUNTY}),
        OrganisationKind.PREFECTURE: two_above | right_above,
        OrganisationKind.COUNTY: right_above,
    }.get(unit.kind, Q(pk__in=[]))
    return (
        Enrolment.objects.visible_to(user)
        .filter(rule, campaign=campaign)
        .with_station()
        .annotate(
            given=FilteredRelation(
                "daily_assessments", condition=Q(daily_assessments__part=unit.kind)
            ),
            given_score=F("given__score"),
            given_basis=F("given__basis"),
            given_at=F("given__given_at"),
        )
        .order_by(*map(_turned, _serial(f"{_STATION}code")))
    )


def filter_daily(rows, query):
    """`rows` of `owed_daily` by the request's `state` (missing, given) and `q` (name or code)."""
    if query.get("state") == "missing":
        rows = rows.filter(given_score=None)
    if query.get("state") == "given":
        rows = rows.exclude(given_score=None)
    if text := query.get("q", "").strip():
        rows = rows.filter(
            Q(**{f"{_STATION}name_zh__icontains": text})
            | Q(**{f"{_STATION}name_en__icontains": text})
            | Q(**{f"{_STATION}code__icontains": text})
        )
    return rows


SERIES = ("all", *StationKind.values)
SORTS = {
    "rank": "rank",
    "name": "code",
    "composite": "composite",
    "questionnaire": "questionnaire",
    "ballots": "valid_ballots",
}


def _serial(code: str) -> tuple:
    """A county's stations in the order of their serial numbers: 410122-2 before 410122-10."""
    return Substr(code, 1, 6), Length(code), F(code)


SERIAL = _serial("code")


def _turned(expression, descending=False):
    return expression.desc() if descending else expression.asc()


@dataclass(frozen=True)
class RankingQuery:
    """What a ranking's address asks for; what it does not know falls back to everything."""

    series: str = "all"
    prefecture: str = ""
    county: str = ""
    peer_group: str = ""
    grade: str = ""
    status: str = ""
    text: str = ""
    sort: str = "rank"
    descending: bool = False

    @classmethod
    def of(cls, query) -> "RankingQuery":
        """Read from a request's GET."""
        sort = query.get("sort", "rank")
        series, grade, status = query.get("series"), query.get("grade"), query.get("status")
        return cls(
            series=series if series in SERIES else "all",
            prefecture=query.get("prefecture", ""),
            county=query.get("county", ""),
            peer_group=query.get("peer", ""),
            grade=grade if grade in Grade.values else "",
            status=status if status in ScoreStatus.values else "",
            text=query.get("q", "").strip(),
            sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "rank",
            descending=sort.startswith("-"),
        )

    @property
    def rank_field(self) -> str:
        """The rank that the list shows: of all together, of the kind or of the peer group."""
        if self.peer_group:
            return "rank_peer"
        return "rank_all" if self.series == "all" else "rank_kind"

    def rows(self, run: ScoreRun | None, user):
        """The scores of `run` in the person's scope; those without a rank always come last."""
        rows = StationScore.objects.visible_to(user).filter(run=run)
        if self.series != "all":
            rows = rows.filter(kind=self.series)
        for field in ("prefecture", "county", "peer_group", "grade", "status"):
            if value := getattr(self, field):
                rows = rows.filter(**{field: value})
        if self.text:
            rows = rows.filter(
                Q(name_zh__icontains=self.text)
                | Q(name_en__icontains=self.text)
                | Q(code__icontains=self.text)
            )
        field = self.rank_field if self.sort == "rank" else SORTS[self.sort]
        key = F(field).desc(nulls_last=True) if self.descending else F(field).asc(nulls_last=True)
        unranked = Case(When(status=ScoreStatus.RANKED, then=Value(0)), default=Value(1))
        rows = rows.annotate(rank=F(self.rank_field), station_id=F("enrolment__station_id"))
        if self.sort == "name":
            return rows.order_by(unranked, *(_turned(each, self.descending) for each in SERIAL))
        return rows.order_by(unranked, key, *map(_turned, SERIAL))

    def verdicts(self, run: ScoreRun | None) -> list[str]:
        """What the rankings that are shown deserve, a sentence each."""
        kinds = StationKind.values if self.series == "all" else [self.series]
        return [text for kind in kinds if run and (text := verdict(run, kind))]

    @property
    def in_words(self) -> dict:
        """The filters in force, for the audit trail."""
        return {key: value for key, value in vars(self).items() if value}


def prefectures_in(run: ScoreRun | None, user) -> dict[str, str]:
    """Code and name of every league table in the person's scope: prefectures and directly
    administered counties."""
    codes = (
        StationScore.objects.visible_to(user)
        .filter(run=run)
        .order_by("prefecture")
        .values_list("prefecture", flat=True)
        .distinct()
    )
    units = Organisation.objects.filter(code__in=list(codes)).order_by("path")
    return {unit.code: unit.name for unit in units}


def counties_in(run: ScoreRun | None, user, prefecture: str) -> dict[str, str]:
    """Code and name of the counties of one league table; none before it is chosen."""
    if run is None or not prefecture:
        return {}
    rows = StationScore.objects.visible_to(user).filter(run=run, prefecture=prefecture)
    codes = rows.exclude(county="").values_list("county", flat=True).distinct().order_by("county")
    units = Organisation.objects.filter(code__in=list(codes)).order_by("path")
    return {unit.code: unit.name for unit in units}


def peers_in(run: ScoreRun | None) -> list[tuple[str, str]]:
    """Code and name of the peer groups of the run's policy."""
    return [(row.code, row.name) for row in run.policy.peer_groups.all()] if run else []


def funnel_of(run: ScoreRun, user, kind: str) -> tuple[dict | None, list[StationScore]]:
    """What the funnel plot draws, and the stations outside its outer limits."""
    rows = list(
        StationScore.objects.visible_to(user)
        .filter(run=run, kind=kind, status=ScoreStatus.RANKED, se__gt=0)
        .order_by("rank_kind", "code")
    )
    if not rows:
        return None, []
    mean = fmean(float(row.composite) for row in rows)
    spread = sqrt(fmean(float(row.se) ** 2 * row.valid_ballots for row in rows))
    limit = LIMITS[-1][0] * spread

    def is_outside(row):
        return abs(float(row.composite) - mean) > limit / sqrt(row.valid_ballots)

    outside = [row for row in rows if is_outside(row)]
    facts = {
        "points": [Point(row.valid_ballots, float(row.composite), is_outside(row)) for row in rows],
        "mean": mean,
        "spread": spread,
        "title": _("Funnel plot: %(kind)s") % {"kind": StationKind(kind).label},
        "across": _("valid ballots"),
        "upwards": _("composite"),
        "description": _("%(outside)s of %(all)s stations lie outside the outer limits.")
        % {"outside": len(outside), "all": len(rows)},
    }
    return facts, outside


def public_rows(run: ScoreRun | None, kind: str, text: str):
    """What everybody may read of a published run: the ranked stations of a kind."""
    rows = StationScore.objects.filter(run=run, kind=kind, status=ScoreStatus.RANKED)
    if text:
        rows = rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text))
    return rows.defer("inputs", "spread").order_by("rank_kind", *map(_turned, SERIAL))


def with_words(rows, prefectures: dict[str, str], run: ScoreRun | None = None):
    """Each score with what the page says beside its figures; with `run` also its bar and its
    change against the year before."""
    years, ends = {}, None
    if run:
        rows = list(rows)
        years = histories((row.station_id for row in rows), before=run.campaign.year)
        ends = run.scores.aggregate(first=Min("low"), last=Max("high"))
    for row in rows:
        daily = row.inputs["daily"]
        row.upper_daily = daily.get(Part.PREFECTURE) or daily.get(Part.PROVINCE)
        row.county_daily = daily.get(Part.COUNTY)
        row.prefecture_name = prefectures.get(row.prefecture, row.prefecture)
        row.vetoed = row.inputs["vetoed"]
        row.reasons = reasons_of(row)
        if run:
            before = years.get(row.station_id, {}).get(run.campaign.year - 1, [])
            row.change = _change(row, before)
            row.bar = _bar(row, ends)
        yield row


def _change(row: StationScore, before: list[YearResult]) -> Decimal | None:
    """Points against the year before; None without a figure, and where stations were merged since,
    so that there are several."""
    if len(before) != 1 or before[0].composite is None or row.composite is None:
        return None
    return row.composite - before[0].composite


def _bar(row: StationScore, ends: dict):
    if row.composite is None or ends["first"] is None:
        return ""
    return score_bar(
        row.composite,
        row.low,
        row.high,
        first=float(ends["first"]),
        last=float(ends["last"]),
        description="" if row.low is None else f"{row.low}–{row.high}",
    )


def reasons_of(row: StationScore) -> list[str]:
    """Why a station has no rank; empty for a ranked one."""
    if row.status == ScoreStatus.RANKED:
        return []
    reasons = [
        _("missing: %(part)s") % {"part": Part(flag.removeprefix("missing_")).label}
        for flag in row.flags
        if flag.startswith("missing_")
    ]
    if "insufficient_sample" in row.flags:
        reasons.append(_("too few valid ballots"))
    return reasons


def verdict(run: ScoreRun, kind: str) -> str:
    """Whether the ranking of a kind deserves use, in one sentence; "" where nobody can tell.

    Ranks do when at least 90% of the differences are not chance (the usual demand on figures that
    decide on single ones) and the typical rank interval is a tenth of the list at most; bands from
    70% on (the usual demand on comparisons of groups).
    """
    known = run.reliability.get(kind)
    if known is None:
        return ""
    if known["share"] >= 0.9 and known["width"] * 10 <= known["size"]:
        text = _(
            "%(kind)s: the ranks deserve use; %(share)s%% of the differences between the stations "
            "are not chance, and the true rank is typically one of %(width)s of %(size)s places."
        )
    elif known["share"] >= 0.7:
        text = _(
            "%(kind)s: use bands, not single ranks; %(share)s%% of the differences between the "
            "stations are not chance, but the true rank is typically one of %(width)s of %(size)s "
            "places."
        )
    else:
        text = _(
            "%(kind)s: neither ranks nor bands deserve use; only %(share)s%% of the differences "
            "between the stations are not chance, and the true rank is typically one of %(width)s "
            "of %(size)s places."
        )
    return text % {
        "kind": StationKind(kind).label,
        # Rounded down: a share just below a threshold is not printed as if it had reached it.
        "share": int(known["share"] * 100),
        "width": known["width"],
        "size": known["size"],
    }
