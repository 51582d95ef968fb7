"""The frame of the public's pages: light, without session and account, in both languages.

They are rendered without the portal's context processors, so they cost neither its queries nor its
style sheets, and set no cookie but the one of the form's protection against forgery.
"""

from django.http import HttpResponse

from campaign.models import Campaign, CampaignState, Enrolment
from common.kept import kept
from common.public import light_response

_WITH_FORM = ("form", "review", "receipt", "code")


@kept
def enrolment_of(code: str) -> Enrolment | None:
    """The station's part in the current campaign (the open one of the latest year, else the latest
    closed one), with all units above it, in one query."""
    current = Campaign.objects.exclude(state=CampaignState.DRAFT).order_by("-state", "-year")
    return (
        Enrolment.objects.select_related(
            "campaign", "station__organisation__supervisor__supervisor__supervisor"
        )
        .defer("campaign__notice")
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
    """A page of `templates/surveys/`."""
    template = f"surveys/{name}.html"
    return light_response(request, template, context, status=status, form=name in _WITH_FORM)
