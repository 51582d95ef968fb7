"""The notice, and who has signed for it (签收)."""

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import NoticeFile, Obligation, ObligationKind, Receipt
from campaign.policies import check_can_sign
from campaign.services import receipts
from campaign.views.scope import current_campaign
from common.downloads import hand_out_row
from common.errors import allowed
from common.paging import page_of


def notice(request):
    """The text with its attachments, the button to sign, and who below has not signed yet."""
    check_may(request.user, Permission.READ)
    campaign = current_campaign()
    signed = Receipt.objects.filter(
        campaign=OuterRef("campaign"), organisation=OuterRef("organisation")
    )
    owed = (
        Obligation.objects.visible_to(request.user)
        .filter(campaign=campaign, kind=ObligationKind.RECEIPT)
        .select_related("organisation")
        .annotate(signer=Subquery(signed.values("signed_by__name")[:1]))
        .order_by("-state", "organisation__path")
    )
    state = request.GET.get("state", "")
    rows = owed.filter(state=state) if state in ("open", "met", "waived") else owed
    context = {
        "campaign": campaign,
        "files": campaign.files.all(),
        "can_sign": allowed(check_can_sign, request.user, campaign),
        "page": page_of(request, rows),
        "signed": owed.filter(state="met").count(),
        "total": owed.count(),
        "state": state,
        "states": Obligation._meta.get_field("state").choices,
    }
    return render(request, "campaign/notice.html", context)


@require_POST
def sign(request):
    """The acting bureau signs for the notice."""
    check_may(request.user, Permission.READ)
    receipts.sign_receipt(campaign=current_campaign(), by=request.user, now=request.now)
    messages.success(request, _("Your unit has signed for the notice."))
    return redirect("campaign:notice")


def notice_file(request, pk):
    """An attachment of the notice."""
    check_may(request.user, Permission.READ)
    row = get_object_or_404(NoticeFile, pk=pk, campaign=current_campaign())
    response = hand_out_row(row)
    audit.record_reading(by=request.user, act="notice_file.downloaded", target=row, now=request.now)
    return response
