"""Answering a questionnaire: form, review, box. The same steps behind a poster and a code."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation
from django.utils.safestring import mark_safe

from campaign.models import Campaign, CampaignState, Enrolment, Phase
from common.errors import WrongMoment
from common.kept import kept
from surveys import receipts
from surveys.forms import Sheet, empty_sheet, read_sheet
from surveys.layout import Layout, layout_of
from surveys.models import BallotRules, Channel, Questionnaire
from surveys.policies import survey_phases
from surveys.services import arrivals
from surveys.services.ballots import cast_ballot, receipt_of
from surveys.services.rules import rules_of
from surveys.validity import is_valid, pack
from surveys.views import shell


class Survey(NamedTuple):
    """What all pages of a campaign's questionnaire need."""

    questionnaire: Questionnaire | None
    phases: list[Phase]
    rules: BallotRules


@kept
def survey_of(campaign: Campaign) -> Survey:
    """For the pages only: the service asks anew when a ballot is cast."""
    return Survey(
        Questionnaire.objects.in_force(campaign), survey_phases(campaign), rules_of(campaign)
    )


@dataclass
class Visit:
    """A request to a station's questionnaire, with what every answer to it needs. `code`: the
    one-time code that opened it; `fixed_group`: the group that the code gives."""

    request: HttpRequest
    enrolment: Enrolment
    code: str = ""
    fixed_group: str = ""

    @cached_property
    def survey(self) -> "Survey":
        return survey_of(self.enrolment.campaign)

    @property
    def phases(self) -> list[Phase]:
        return self.survey.phases

    @cached_property
    def questionnaire(self) -> Questionnaire | None:
        return self.survey.questionnaire

    @cached_property
    def arrival(self) -> arrivals.Arrival:
        return arrivals.Arrival.of(self.request)

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
        shared = {"code": self.code, "fixed_group": self.layout.group(self.fixed_group)}
        return shell.page(
            self.request, name, shell.about(self.enrolment) | shared | context, status
        )


def begin(visit: Visit) -> HttpResponse:
    """An empty form, or when it will be open."""
    return form_page(visit, empty_sheet()) if visit.is_open else closed_page(visit)


def go_on(visit: Visit) -> HttpResponse:
    """What somebody sent: back to the form, on to the review, or into the box."""
    request, enrolment = visit.request, visit.enrolment
    if visit.questionnaire is None:
        return closed_page(visit, status=409)
    layout = visit.layout
    sheet = read_sheet(request.POST, layout, visit.fixed_group)
    receipt = receipt_of(enrolment.pk, sheet.key)
    if receipt:
        return _thanks(visit, receipt, again=True)
    if not visit.is_open:
        return closed_page(visit, status=409, sheet=sheet)
    step = request.POST.get("step")
    if step != "send" or sheet.errors or sheet.key != request.POST.get("key"):
        arrivals.check_posts(visit.arrival)
        if step == "change" or sheet.errors:
            return form_page(visit, sheet, with_errors=step != "change")
        return _review(visit, sheet)
    marks = _marks(visit, sheet)
    if set(marks) & arrivals.SUSPICIOUS and not request.POST.get("challenge"):
        token = arrivals.challenge(key=sheet.key, marks=marks, now=request.now)
        return _review(visit, sheet, challenge=token)
    if marks == _NOT_YET:
        return _review(visit, sheet, challenge=request.POST["challenge"])
    try:
        receipt = cast_ballot(
            enrolment=enrolment,
            group=sheet.group,
            answers=sheet.answers,
            comment=sheet.comment,
            channel=Channel.CODE if visit.code else Channel.OPEN,
            key=sheet.key,
            code=visit.code or None,
            marks=marks,
            now=request.now,
        )
    except WrongMoment:
        # The campaign was closed between the two looks, or the code was spent.
        return closed_page(visit, status=409, sheet=sheet)
    return _thanks(visit, receipt, again=False)


_NOT_YET = "?"


def _marks(visit: Visit, sheet: Sheet) -> str:
    """The marks of a ballot that is being sent; `_NOT_YET` while its task is not done."""
    request = visit.request
    rules = visit.survey.rules
    token = request.POST.get("challenge", "")
    if token:
        arrivals.check_posts(visit.arrival)
        marks = arrivals.marks_after(
            token=token,
            nonce=request.POST.get("nonce", ""),
            key=sheet.key,
            rules=rules,
            now=request.now,
        )
        return _NOT_YET if marks is None else marks
    return arrivals.marks_of(
        enrolment=visit.enrolment,
        arrival=visit.arrival,
        seconds=arrivals.seconds_since(sheet.began, sheet.key, request.now),
        rules=rules,
    )


def form_page(visit: Visit, sheet: Sheet, with_errors=False, name="form") -> HttpResponse:
    """The form, with what was filled in already."""
    errors = sheet.errors if with_errors else {}
    context = {
        "layout": visit.layout,
        "key": sheet.key,
        "began": sheet.began or arrivals.stamp(sheet.key, visit.request.now),
        "last_day": max((phase.ends_on for phase in visit.phases), default=None),
        "questions": _questions(visit.layout, sheet, errors, visit.fixed_group),
        "errors": _listed(visit.layout, errors),
        "fresh": visit.request.method != "POST" or not sheet.began,
    }
    return visit.page(name, context)


def closed_page(visit: Visit, status=200, sheet=None) -> HttpResponse:
    """Outside the window: when it is open; after a late form also what was answered."""
    context = {"phases": visit.phases, "late": status == 409, "rows": []}
    if sheet:
        layout = visit.layout
        context |= {
            "spent": visit.is_open,
            "group": layout.group(sheet.group),
            "rows": _answers(layout, sheet),
        }
    if visit.questionnaire is None:
        return shell.page(visit.request, "closed", shell.about(visit.enrolment) | context, status)
    return visit.page("closed", context, status)


def _review(visit: Visit, sheet: Sheet, challenge="") -> HttpResponse:
    layout = visit.layout
    rules = visit.survey.rules
    context = {
        "sheet": sheet,
        "group": layout.group(sheet.group),
        "rows": _answers(layout, sheet),
        "hidden": [(item.field, sheet.value(item)) for item in layout.items],
        "counts": is_valid(pack(sheet.answers, layout), layout, layout.valid_share),
        "challenge": challenge,
        "bits": rules.challenge_bits,
        "seconds": rules.challenge_seconds,
    }
    return visit.page("review", context)


def _thanks(visit: Visit, code, again) -> HttpResponse:
    context = {"receipt": receipts.grouped(code), "again": again, "code": ""}
    return visit.page("thanks", context)


_fragments: dict[tuple[str, str, bool], str] = {}


def _questions(layout: Layout, sheet: Sheet, errors: dict[str, str], fixed_group: str) -> str:
    """The HTML of group choice and questions. The empty form, which everybody gets first, is made
    once per process, version and language."""
    chosen = sheet.group and not fixed_group
    empty = not (chosen or sheet.answers or any(sheet.texts.values()) or errors)
    key = (layout.digest, translation.get_language(), bool(fixed_group))
    if empty and key in _fragments:
        return _fragments[key]
    html = mark_safe(  # noqa: S308 - a rendered template, escaped there
        loader.get_template("surveys/_questions.html").render(
            {
                "groups": () if fixed_group else layout.groups,
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
