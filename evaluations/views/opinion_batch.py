"""The pages of the workbook of opinions."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign, CampaignState
from common.sheet_pages import SheetImport, import_page
from common.sheet_templates import template_response
from evaluations import opinion_sheets


def opinions_import(request):
    """Enter a workbook: preview, then all or nothing."""
    check_may(request.user, Permission.OPINION_HANDLE)
    campaign = get_object_or_404(Campaign.objects.filter(state=CampaignState.OPEN)[:1])

    def apply(table):
        count = opinion_sheets.enter(table, campaign, request.user, request.now)
        return ngettext(
            "%(count)s opinion is entered.", "%(count)s opinions are entered.", count
        ) % {"count": count}

    return import_page(
        request,
        SheetImport(
            kind="opinions",
            title=_("Enter opinions collected on paper and in meetings"),
            columns=opinion_sheets.COLUMNS,
            plan=lambda table: opinion_sheets.plan(table, campaign, request.user),
            apply=apply,
            back=reverse("evaluations:opinions"),
            template=reverse("evaluations:opinions-template"),
            note=_("Each goes to the unit above the one that it is about."),
            reads_gaps=True,
        ),
    )


def opinions_template(request):
    """The empty workbook."""
    check_may(request.user, Permission.OPINION_HANDLE)
    return template_response(
        "opinions-template.xlsx", title=_("Opinions"), columns=opinion_sheets.COLUMNS
    )
