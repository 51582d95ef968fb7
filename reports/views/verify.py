"""The public page that says whether a paper or a file is genuine and still the latest."""

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.public import public_page
from common.throttle import scope, throttled
from reports.forms import VerifyForm
from reports.verifying import clean_code, digest_of, look_up

QUESTIONS = scope("verify", _("questions about the genuineness of papers"), limit=60, seconds=300)


@public_page
@throttled(QUESTIONS, methods=("GET", "POST"))
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request, code=""):
    """By the check code (from the paper's QR code), the checksum, or the file."""
    form = VerifyForm(request.POST or None, request.FILES or None, initial={"code": code})
    answer = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        digest = digest_of(data["file"]) if data["file"] else data["sha256"]
        answer = look_up(code=data["code"] or code, digest=digest)
    elif code:
        answer = look_up(code=clean_code(code))
    status = 404 if answer is not None and answer.report is None else 200
    return render(request, "reports/verify.html", {"form": form, "answer": answer}, status=status)
