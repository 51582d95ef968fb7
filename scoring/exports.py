"""The ranking as a workbook."""

from decimal import Decimal

from django.utils.translation import gettext as _

from common.workbook import Sheet, book_response
from scoring.lists import with_words
from scoring.models import ScoreRun

WIDTHS = (8, 10, 12, 30, 14, 18, 10, 10, 12, 12, 10, 10, 8, 12, 40, 10, 10, 10, 12, 12, 12)


def ranking_workbook(*, run: ScoreRun, rows, prefectures: dict[str, str]):
    """A download of ranking rows, see `ranking_sheet`."""
    sheet = ranking_sheet(title=_("Ranking"), rows=rows, prefectures=prefectures)
    return book_response(f"ranking-{run.campaign.year}-run-{run.pk}.xlsx", [sheet])


def ranking_sheet(*, title, rows, prefectures: dict[str, str]) -> Sheet:
    """Ranking rows, one line a station; figures are numbers, text stays text."""

    def number(text):
        return None if text is None else Decimal(text)

    return Sheet(
        title=title,
        headers=[
            _("Rank"),
            _("Rank within prefecture and kind"),
            _("Code"),
            _("Station"),
            _("Kind"),
            _("Prefecture or directly administered county"),
            _("Composite"),
            _("Questionnaire"),
            _("Prefecture or provincial daily score"),
            _("County daily score"),
            _("Valid ballots"),
            _("Grade"),
            _("Veto"),
            _("Status"),
            _("Reason"),
            _("Standard error"),
            _("Interval of 95 in 100, from"),
            _("Interval of 95 in 100, to"),
            _("Best plausible rank within the kind"),
            _("Worst plausible rank within the kind"),
            _("Not told apart from, stations of the kind"),
        ],
        rows=(
            (
                row.rank,
                row.rank_prefecture,
                row.code,
                row.name,
                row.get_kind_display(),
                row.prefecture_name,
                row.composite,
                row.questionnaire,
                number(row.upper_daily),
                number(row.county_daily),
                row.valid_ballots,
                row.get_grade_display(),
                _("veto") if row.vetoed else "",
                row.get_status_display(),
                "；".join(row.reasons),
                row.se,
                row.low,
                row.high,
                row.rank_low,
                row.rank_high,
                row.alike,
            )
            for row in with_words(rows.iterator(chunk_size=1000), prefectures)
        ),
        widths=WIDTHS,
    )
