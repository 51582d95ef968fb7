"""How long things may take: all terms with their sources, and the form to set them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaign.models import Campaign
from common.errors import allowed
from evaluations.forms.opinions import TermForm
from evaluations.models import TermRule
from evaluations.opinion_policies import check_can_set_terms
from evaluations.policies import check_can_read
from evaluations.services.terms import set_term, terms_in_force


@require_http_methods(["GET", "POST"])
def terms(request):
    """The terms in force for the current campaign; the province sets others."""
    check_can_read(request.user)
    current = Campaign.objects.current()
    campaign = get_object_or_404(Campaign, pk=current.pk if current else None)
    form = None
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
    elif allowed(check_can_set_terms, request.user, campaign):
        form = TermForm()
    context = {
        "campaign": campaign,
        "terms": terms_in_force(campaign).values(),
        "rules": TermRule.objects.select_related("campaign", "set_by"),
        "form": form,
    }
    return render(request, "evaluations/terms.html", context)
