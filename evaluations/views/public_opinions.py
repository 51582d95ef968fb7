"""The public's opinions and complaints: sent without an account, followed with a code."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation
from campaign.models import Campaign, CampaignState
from common.codes import grouped
from common.errors import WrongMoment, allowed
from common.public import light_response, public_page
from common.throttle import scope, throttled
from evaluations.forms.opinions import PublicOpinionForm, VerdictForm, bureau_choices
from evaluations.models import Commitment, ContactRetention, OpinionKind, TermStep
from evaluations.opinion_policies import check_can_rate
from evaluations.services.opinion_findings import rate_opinion_answer
from evaluations.services.opinions import opinion_of_code, receive_opinion

# The clocks that concern who said it; what the offices owe each other is theirs.
TOLD = (TermStep.TELL, TermStep.FINISH, TermStep.VERDICT)
SENDING = scope("opinions", _("opinions and complaints from one address"), limit=20, seconds=3600)
ASKING = scope("opinion_codes", _("query codes asked from one address"), limit=40, seconds=600)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
@throttled(SENDING)
def campaign_page(request):
    """Say something of the campaign as a whole, or of a bureau."""
    return _say(request, None)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
@throttled(SENDING)
def unit_page(request, code):
    """Say something of a station or bureau."""
    target = (
        Organisation.objects.select_related("supervisor__supervisor__supervisor", "station")
        .filter(code=code, active=True)
        .first()
    )
    if target is None:
        raise Http404
    return _say(request, target)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
@throttled(ASKING)
def query(request):
    """What became of it: the state, the days, the answer; and the complainant's verdict. Every
    wrong code gets the same answer."""
    typed = request.POST.get("code", "")
    opinion = opinion_of_code(typed) if typed else None
    context = {"typed": typed[:40], "unknown": bool(typed) and opinion is None}
    if opinion is not None:
        form = VerdictForm(request.POST if "satisfied" in request.POST else None)
        if form.is_bound and form.is_valid():
            try:
                rate_opinion_answer(opinion=opinion, now=request.now, **form.cleaned_data)
                context["rated"] = True
            except WrongMoment as refusal:
                context["refusal"] = refusal.reason
            opinion = opinion_of_code(typed)
        context |= _progress(opinion, form, request.now)
    return light_response(request, "evaluations/public/query.html", context, form=True)


def _say(request, target):
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    about = _about(campaign, target)
    if campaign.state != CampaignState.OPEN:
        return light_response(request, "evaluations/public/closed.html", about)
    # Only the page of no unit in particular asks which one is meant.
    choice = (
        {"bureaus": bureau_choices()}
        if target is None
        else {"promises": _promises(campaign, target)}
    )
    form = PublicOpinionForm(
        request.POST or None, request.FILES or None, initial=_begun(request), **choice
    )
    if request.method != "POST" or not form.is_valid():
        context = about | {
            "form": form,
            "fresh": request.method != "POST",
            "kept": ContactRetention.in_force(),
        }
        return light_response(request, "evaluations/public/opinion.html", context, form=True)
    values = form.cleaned_data
    if code := values.pop("unit", ""):
        target = Organisation.objects.select_related("supervisor").get(code=code)
    opinion, code = receive_opinion(campaign=campaign, target=target, now=request.now, **values)
    context = about | {"opinion": opinion, "code": grouped(code)}
    return light_response(request, "evaluations/public/received.html", context)


def _begun(request) -> dict:
    """What the form holds for who comes from a questionnaire that was not to be answered freely."""
    if request.GET.get("about") != "pressure":
        return {}
    text = _(
        "While I was to answer the questionnaire, somebody (strike out what does not apply) "
        "watched what I ticked / told me what to tick / offered something for it / wanted to see "
        "my receipt. When, where and who:"
    )
    return {"kind": OpinionKind.COMPLAINT, "text": text}


def _about(campaign, target) -> dict:
    """What every page shows: whom it is about and who runs the campaign."""
    organiser = target
    while organiser is not None and organiser.supervisor is not None:
        organiser = organiser.supervisor
    return {
        "campaign": campaign,
        "target": target,
        "station": getattr(target, "station", None),
        "organiser": organiser or Organisation.objects.get(supervisor=None),
    }


def _promises(campaign, target):
    return Commitment.objects.filter(
        enrolment__campaign=campaign,
        enrolment__station__organisation=target,
        published_at__isnull=False,
    )


def _progress(opinion, form, now) -> dict:
    can_rate = allowed(check_can_rate, opinion, now)
    terms = list(opinion.terms.filter(step__in=TOLD))
    for term in terms:
        term.overdue = term.is_overdue(now)
    return {
        "opinion": opinion,
        "terms": terms,
        "answers": opinion.answers.all(),
        "extensions": opinion.extensions.filter(state="approved"),
        "verdict": form if can_rate else None,
    }
