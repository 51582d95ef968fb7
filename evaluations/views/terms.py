"""How long things may take: all terms with their sources, and the form to set them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaign.models import Campaign
from common.errors import allowed
from evaluations.forms.opinions import RetentionForm, TermForm
from evaluations.models import ContactRetention, TermRule
from evaluations.opinion_policies import check_can_set_terms
from evaluations.policies import check_can_read
from evaluations.services.retention import set_retention
from evaluations.services.terms import set_term, terms_in_force


@require_http_methods(["GET", "POST"])
def terms(request):
    """The terms in force for the current campaign; the province sets others."""
    check_can_read(request.user)
    campaign, form = _campaign(), None
    if request.method == "POST":
        check_can_set_terms(request.user, campaign)
        form = TermForm(request.POST)
        if form.is_valid():
            values = form.cleaned_data
            for_all = values.pop("scope") == "all"
            set_term(
                campaign=None if for_all else campaign, by=request.user, now=request.now, **values
            )
            messages.success(request, _("The term is set; what runs already keeps its day."))
            return redirect("evaluations:terms")
    return _page(request, campaign, form=form)


@require_POST
def retention(request):
    """Set how long names and contacts are kept."""
    check_can_set_terms(request.user, None)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, _campaign(), retention_form=form)
    set_retention(by=request.user, now=request.now, **form.cleaned_data)
    messages.success(request, _("The time for which names and contacts are kept is set."))
    return redirect("evaluations:terms")


def _campaign() -> Campaign:
    current = Campaign.objects.current()
    return get_object_or_404(Campaign, pk=current.pk if current else None)


def _page(request, campaign, form=None, retention_form=None):
    may_set, kept = (
        allowed(check_can_set_terms, request.user, campaign),
        ContactRetention.in_force(),
    )
    if may_set:
        form = form or TermForm()
        retention_form = retention_form or RetentionForm(initial={"months": kept.months})
    context = {
        "campaign": campaign,
        "terms": terms_in_force(campaign).values(),
        "rules": TermRule.objects.select_related("campaign", "set_by"),
        "form": form,
        "kept": kept,
        "retention_form": retention_form,
    }
    return render(request, "evaluations/terms.html", context)
