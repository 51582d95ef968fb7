"""The list of those recommended for honours (表彰推荐名单), before the public or final."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import OrganisationKind
from reports.models import Report, ReportKind
from reports.papers import official
from reports.papers.base import CHINESE_ONLY, Document, NothingToReport
from reports.pdf import Style
from scoring.papers import AwardList, award_list


def facts(report: Report, now: datetime) -> AwardList:
    """The final list; before there is one, the list that is before the public."""
    for final in (True, False):
        found = award_list(report.campaign, report.organisation, final=final)
        if found.sections:
            return found
    raise NothingToReport(_("No honour is before the public or confirmed yet."))


PAPER = Document(
    kind=ReportKind.AWARD_LIST,
    slug="awards",
    units=(OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE),
    confidential=True,
    languages=CHINESE_ONLY,
    fields=official.FIELDS,
    facts=facts,
    template="reports/pdf/awards.html",
    style=Style.OFFICIAL,
)
