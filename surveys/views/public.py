"""The public's pages: questionnaire by poster or code, receipts, promises, the box."""

from io import BytesIO

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaign.models import Campaign
from common.public import public_page
from evaluations.models import Commitment
from surveys import codes, receipts
from surveys.disclosure import SMALLEST_CELL
from surveys.models import Receipt
from surveys.policies import survey_is_over
from surveys.services import arrivals
from surveys.services.ballots import batch_to_answer, facts_of, receipt_of
from surveys.services.integrity import integrity_rate
from surveys.views import answering, shell
from surveys.views.answering import Visit


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def station(request, code):
    """The questionnaire of a station: form, review, and the box."""
    enrolment = shell.enrolment_of(code)
    if enrolment is None:
        return shell.page(request, "unknown", {"code": code}, status=404)
    visit = Visit(request, enrolment)
    return answering.go_on(visit) if request.method == "POST" else answering.begin(visit)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request):
    """The questionnaire behind a one-time code. The code comes in the body or in the fragment of
    the address, which a browser does not send: no log of any server holds it."""
    if request.method != "POST":
        return shell.page(request, "code", {})
    typed = request.POST.get("code", "")[:40]
    code = codes.cleaned(typed)
    if code is None:
        return shell.page(request, "code", {"typed": typed, "mistyped": True})
    key = request.POST.get("key", "")
    facts = facts_of(code)
    # Asked for a used and for an unknown code alike: the form that spent it gets its receipt.
    receipt = receipt_of(facts.enrolment_id, key) if key else None
    if not receipt and not facts.usable:
        arrivals.count_wrong_code(arrivals.Arrival.of(request))
        return shell.page(request, "code", {"refused": True}, status=409)
    batch = batch_to_answer(facts.batch_id)
    visit = Visit(request, batch.enrolment, code=code, fixed_group=batch.group)
    return answering.go_on(visit) if key else answering.begin(visit)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request):
    """Was a ballot with this code counted in? Nothing else is told."""
    typed = request.POST.get("code", "")
    code = receipts.cleaned(typed) if typed else None
    found = code and Receipt.objects.filter(code_digest__in=receipts.code_digests(code)).exists()
    context = {"typed": typed[:40], "mistyped": bool(typed) and code is None, "found": found}
    return shell.page(request, "receipt", context)


@public_page
@require_http_methods(["GET", "HEAD"])
def promises(request, code):
    """What a station promises, and how to supervise it."""
    enrolment = shell.enrolment_of(code)
    if enrolment is None:
        return shell.page(request, "unknown", {"code": code}, status=404)
    commitments = (
        Commitment.objects.published()
        .filter(enrolment=enrolment)
        .select_related("area")
        .prefetch_related("fulfilments")
    )
    context = shell.about(enrolment) | {"commitments": list(commitments)}
    return shell.page(request, "promises", context)


@public_page
@require_http_methods(["GET", "HEAD"])
def box(request):
    """What is published about the ballots of the current campaign: how many, how many set aside."""
    campaign = Campaign.objects.current()
    context = {}
    if campaign:
        context = {
            "rate": integrity_rate(campaign, request.now),
            "title": campaign.title,
            "growing": not survey_is_over(campaign, request.now),
            "smallest": SMALLEST_CELL,
        }
    return shell.page(request, "box", context)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def qr(request, code):
    """The station's public address as a QR code (SVG), to be printed on a poster."""
    if shell.enrolment_of(code) is None:
        raise Http404
    address = settings.PORTAL_URL + reverse("surveys:station", args=[code])
    image = BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", scale=8, border=4)
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")
