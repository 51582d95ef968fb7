"""Results as a workbook."""

from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Campaign
from common.workbook import workbook_response
from surveys.models import Questionnaire
from surveys.results import published_tables


def results_workbook(campaign: Campaign, unit: Organisation):
    """One row a unit or station, group and question, for `unit` and all below it."""
    questionnaire = Questionnaire.objects.in_force(campaign)
    rows = []
    for place, group, number, item, share, counts in published_tables(
        campaign, unit.path, questionnaire
    ):
        answers = " · ".join(f"{text} {count}" for text, count in counts)
        figures = (share.percent, share.low, share.high) if share else (None, None, None)
        rows.append((place, group, number, item, *figures, answers))
    return workbook_response(
        f"survey-{campaign.year}-{unit.code}.xlsx",
        title=_("Questionnaire results"),
        headers=[
            _("Unit"),
            _("Respondent group"),
            _("Valid ballots"),
            _("Question"),
            _("Satisfied (percent)"),
            _("Interval from"),
            _("Interval to"),
            _("Answers"),
        ],
        rows=rows,
        widths=(28, 20, 10, 50, 12, 8, 8, 60),
    )
