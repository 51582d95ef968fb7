"""Slips of one-time codes as a PDF, from the page that shows the codes."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from common.downloads import hand_out
from common.errors import Incomplete
from evaluations.views.scope import row_of
from reports.papers.slips import slips_pdf
from reports.pdf import FontsMissing, TooLarge
from surveys.models import BallotBatch
from surveys.policies import check_can_keep_batch
from surveys.services.batches import codes_of
from surveys.slips import MOST_AT_ONCE


@require_POST
def slips(request, pk):
    """The slips of codes that somebody holds already; nothing is kept."""
    batch = row_of(request, BallotBatch.objects.select_related("campaign"), pk)
    check_can_keep_batch(request.user, batch)
    codes = codes_of(batch, request.POST.get("codes", "").split())
    if not 0 < len(codes) <= MOST_AT_ONCE:
        raise Incomplete(
            _("Slips are drawn for %(number)s codes at once at most.") % {"number": MOST_AT_ONCE}
        )
    try:
        content = slips_pdf(batch, codes)
    except (FontsMissing, TooLarge) as error:
        raise Incomplete(str(error)) from error
    number = {"number": len(codes)}
    audit.record(by=request.user, act="slips.exported", target=batch, now=request.now, after=number)
    return hand_out(content, name=f"slips-{batch}.pdf", content_type="application/pdf")
