"""The papers, one module each, and the table of all of them."""

from reports.models import ReportKind
from reports.papers import (
    acceptance,
    awards,
    books,
    cards,
    circular,
    minutes,
    posters,
    ranking_list,
    rectification,
    summary,
)
from reports.papers.base import Paper

PAPERS: dict[str, Paper] = {
    paper.kind: paper
    for paper in (
        summary.PAPER,
        cards.PAPER,
        cards.PACK,
        ranking_list.PAPER,
        circular.PAPER,
        awards.PAPER,
        acceptance.PAPER,
        minutes.PAPER,
        rectification.NOTICE,
        rectification.REPLY,
        posters.PAPER,
        ranking_list.BOOK,
        books.REGISTER,
        books.LEDGER,
        books.COMPLETENESS,
        books.YEAR,
    )
}


def paper_of(report) -> Paper:
    """The kind of paper that a report is."""
    return PAPERS[report.kind]


__all__ = ["PAPERS", "Paper", "ReportKind", "paper_of"]
