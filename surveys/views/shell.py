"""The frame of the public's pages: light, without session and account, in both languages.

They are rendered without the portal's context processors, so they cost neither its queries nor its
style sheets, and set no cookie but the one of the form's protection against forgery.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template import loader
from django.utils import translation

from campaign.models import Campaign, CampaignState, Enrolment
from common.public import LANGUAGES

_WITH_FORM = ("form", "review", "receipt", "code")


def enrolment_of(code: str) -> Enrolment | None:
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


def about(enrolment: Enrolment) -> dict:
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


def page(request, name: str, context: dict, status=200) -> HttpResponse:
    """A page of `templates/surveys/`; `?lang=` and `?size=` stay in all its addresses."""
    template = loader.get_template(f"surveys/{name}.html")
    language = translation.get_language()
    chosen = request.GET.get("lang") in LANGUAGES
    large = request.GET.get("size") == "large"
    other = next(code for code in LANGUAGES if code != language)
    shared = {
        "demonstration": settings.DEMONSTRATION,
        "language": language,
        "large": large,
        "lang_query": _query(language if chosen else "", large),
        "language_query": _query(other, large),
        "size_query": _query(language if chosen else "", not large) or "?size=usual",
        "csrf_token": get_token(request) if name in _WITH_FORM else "",
    }
    return HttpResponse(template.render(shared | context), status=status)


def _query(language: str, large: bool) -> str:
    chosen = {"lang": language} if language else {}
    if large:
        chosen["size"] = "large"
    return f"?{urlencode(chosen)}" if chosen else ""
