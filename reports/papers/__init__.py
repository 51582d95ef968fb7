"""The papers, one module each, and the table of all of them."""

from reports.models import ReportKind
from reports.papers import cards, ranking_list, summary
from reports.papers.base import Paper

PAPERS: dict[str, Paper] = {
    paper.kind: paper
    for paper in (
        summary.PAPER,
        cards.PAPER,
        cards.PACK,
        ranking_list.PAPER,
        ranking_list.BOOK,
    )
}


def paper_of(report) -> Paper:
    """The kind of paper that a report is."""
    return PAPERS[report.kind]


__all__ = ["PAPERS", "Paper", "ReportKind", "paper_of"]
