"""Acceptance as a workbook: one row for each signed check of an authority's round."""

from django.utils.translation import gettext as _

from accounts.models import Organisation
from campaign.models import Campaign
from common.workbook import workbook_response
from evaluations.services.league import acceptance_facts


def acceptance_workbook(campaign: Campaign, authority: Organisation):
    """The round of `authority` as an xlsx download."""
    facts = acceptance_facts(campaign, authority)
    headers = [
        _("Code"),
        _("Station"),
        _("Bureau"),
        _("Checked on"),
        _("Check score"),
        _("Result"),
        _("Points over-reported"),
        _("Over-reporting index, percent"),
        _("Signed off at"),
        _("Round"),
    ]
    return workbook_response(
        "acceptance.xlsx",
        title=_("Acceptance results"),
        headers=headers,
        rows=(_row(check) for check in facts.checks),
        widths=(12, 26, 22, 12, 10, 18, 12, 14, 18, 8),
    )


def _row(check):
    station = check.enrolment.station
    return [
        station.code,
        station.name,
        check.enrolment.bureau.name,
        check.checked_on,
        check.score,
        check.get_result_display(),
        check.over_reported,
        check.over_reporting_index,
        check.signed_at,
        check.round,
    ]
