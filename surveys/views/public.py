"""The public's pages: light, without session and account, in both languages.

They are rendered without the portal's context processors, so they cost neither its queries nor its
style sheets, and set no cookie but the one of the form's protection against forgery.
"""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from campaign.models import Campaign, CampaignState, Enrolment, Phase
from common.errors import WrongMoment
from common.public import LANGUAGES, light_response, public_page
from evaluations.models import Commitment
from surveys import receipts
from surveys.forms import Sheet, empty_sheet, read_sheet
from surveys.layout import Layout, layout_of
from surveys.models import Channel, Questionnaire, Receipt
from surveys.policies import survey_phases
from surveys.services.ballots import cast_ballot, receipt_of
from surveys.validity import is_valid, pack


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def station(request, code):
    """The questionnaire of a station: form, review, and the box."""
    enrolment = _enrolment(code)
    if enrolment is None:
        return _page(request, "unknown", {"code": code}, status=404)
    visit = _Visit(
        request,
        enrolment,
        survey_phases(enrolment.campaign),
        Questionnaire.objects.in_force(enrolment.campaign),
    )
    if request.method == "POST":
        return _posted(visit)
    return _form(visit, empty_sheet()) if visit.is_open else _closed(visit)


@dataclass
class _Visit:
    """A request to a station's questionnaire, with what every answer to it needs."""

    request: HttpRequest
    enrolment: Enrolment
    phases: list[Phase]
    questionnaire: Questionnaire | None

    @property
    def is_open(self) -> bool:
        """For the page only; the service asks the campaign again when the ballot is cast."""
        return (
            self.questionnaire is not None
            and self.enrolment.campaign.state == CampaignState.OPEN
            and any(phase.runs_at(self.request.now) for phase in self.phases)
        )

    @cached_property
    def layout(self) -> Layout:
        return layout_of(self.questionnaire)

    def page(self, name, context, status=200) -> HttpResponse:
        return _page(self.request, name, _about(self.enrolment) | context, status)


def _posted(visit: _Visit):
    request, enrolment = visit.request, visit.enrolment
    if visit.questionnaire is None:
        return _closed(visit, status=409)
    layout = visit.layout
    sheet = read_sheet(request.POST, layout)
    receipt = receipt_of(enrolment, sheet.key)
    if receipt:
        return _thanks(visit, receipt, again=True)
    if not visit.is_open:
        return _closed(visit, status=409, sheet=sheet)
    step = request.POST.get("step")
    if step == "change" or sheet.errors:
        return _form(visit, sheet, with_errors=step != "change")
    if step != "send" or sheet.key != request.POST.get("key"):
        return _review(visit, sheet)
    try:
        receipt = cast_ballot(
            enrolment=enrolment,
            group=sheet.group,
            answers=sheet.answers,
            comment=sheet.comment,
            channel=Channel.OPEN,
            key=sheet.key,
            now=request.now,
        )
    except WrongMoment:
        # The campaign was closed between the two looks.
        return _closed(visit, status=409, sheet=sheet)
    return _thanks(visit, receipt, again=False)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request):
    """Was a ballot with this code counted in? Nothing else is told."""
    typed = request.POST.get("code", "")
    code = receipts.cleaned(typed) if typed else None
    found = code and Receipt.objects.filter(code_digest__in=receipts.code_digests(code)).first()
    context = {"typed": typed[:40], "mistyped": bool(typed) and code is None, "found": found}
    return _page(request, "receipt", context)


@public_page
@require_http_methods(["GET", "HEAD"])
def promises(request, code):
    """What a station promises, and how to supervise it."""
    enrolment = _enrolment(code)
    if enrolment is None:
        return _page(request, "unknown", {"code": code}, status=404)
    commitments = (
        Commitment.objects.published()
        .filter(enrolment=enrolment)
        .select_related("area")
        .prefetch_related("fulfilments")
    )
    return _page(request, "promises", {**_about(enrolment), "commitments": list(commitments)})


@login_not_required
@require_http_methods(["GET", "HEAD"])
def qr(request, code):
    """The station's public address as a QR code (SVG), to be printed on a poster."""
    if _enrolment(code) is None:
        raise Http404
    address = settings.PORTAL_URL + reverse("surveys:station", args=[code])
    image = BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", scale=8, border=4)
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


def _enrolment(code) -> Enrolment | None:
    """The station's part in the current campaign (the open one of the latest year, else the latest
    closed one), with all units above it, in one query."""
    current = Campaign.objects.exclude(state=CampaignState.DRAFT).order_by("-state", "-year")
    return (
        Enrolment.objects.select_related(
            "campaign", "station__organisation__supervisor__supervisor__supervisor"
        )
        .filter(campaign=current.values("pk")[:1], station__organisation__code=code)
        .first()
    )


def _about(enrolment) -> dict:
    """What every page of a station shows: its facts, and who runs the questionnaire."""
    organiser = enrolment.organisation
    while organiser.supervisor:
        organiser = organiser.supervisor
    return {
        "enrolment": enrolment,
        "station": enrolment.station,
        "campaign": enrolment.campaign,
        "organiser": organiser,
    }


def _page(request, name, context, status=200) -> HttpResponse:
    has_form = name in ("form", "review", "receipt")
    return light_response(request, f"surveys/{name}.html", context, status=status, form=has_form)


def _form(visit: _Visit, sheet: Sheet, with_errors=False):
    errors = sheet.errors if with_errors else {}
    context = {
        "layout": visit.layout,
        "key": sheet.key,
        "last_day": max(phase.ends_on for phase in visit.phases),
        "questions": _questions(visit.layout, sheet, errors),
        "errors": _listed(visit.layout, errors),
        "fresh": visit.request.method != "POST",
    }
    return visit.page("form", context)


_fragments: dict[tuple[str, str], str] = {}


def _questions(layout: Layout, sheet: Sheet, errors: dict[str, str]) -> str:
    """The HTML of group choice and questions. The empty form, which everybody gets first, is made
    once per process, version and language."""
    empty = not (sheet.group or sheet.answers or any(sheet.texts.values()) or errors)
    key = (layout.digest, translation.get_language())
    if empty and key in _fragments:
        return _fragments[key]
    html = mark_safe(  # noqa: S308 - a rendered template, escaped there
        loader.get_template("surveys/_questions.html").render(
            {
                "layout": layout,
                "group": sheet.group,
                "group_error": errors.get("group"),
                "rows": [
                    (item, sheet.value(item), errors.get(item.field)) for item in layout.items
                ],
            }
        )
    )
    if empty and layout.digest:
        _fragments[key] = html
    return html


def _listed(layout: Layout, errors: dict[str, str]) -> list[tuple[str, str, str]]:
    """(field, which question, message) in the order of the page."""
    rows = [("group", "", errors["group"])] if "group" in errors else []
    return rows + [
        (item.field, item.number, errors[item.field])
        for item in layout.items
        if item.field in errors
    ]


def _answers(layout: Layout, sheet: Sheet) -> list[tuple]:
    """(question, what was answered in words) for the pages that show a sheet."""
    rows = []
    for item in layout.items:
        choice = item.choice(sheet.value(item))
        rows.append((item, sheet.value(item) if item.is_text else choice and choice.text))
    return rows


def _review(visit: _Visit, sheet: Sheet):
    layout = visit.layout
    context = {
        "sheet": sheet,
        "group": layout.group(sheet.group),
        "rows": _answers(layout, sheet),
        "hidden": [(item.field, sheet.value(item)) for item in layout.items],
        "counts": is_valid(pack(sheet.answers, layout), layout, layout.valid_share),
        "other_language": next(code for code in LANGUAGES if code != translation.get_language()),
    }
    return visit.page("review", context)


def _closed(visit: _Visit, status=200, sheet=None):
    """Outside the window: when it is open; after a late form also what was answered."""
    context = {"phases": visit.phases, "late": status == 409, "rows": []}
    if sheet:
        layout = visit.layout
        context |= {"group": layout.group(sheet.group), "rows": _answers(layout, sheet)}
    return visit.page("closed", context, status)


def _thanks(visit: _Visit, code, again):
    return visit.page("thanks", {"code": receipts.grouped(code), "again": again})
