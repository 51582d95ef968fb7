"""The rules of scoring: read, and changed as a new version whose effect is seen first."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.models import Campaign
from common.errors import allowed
from scoring.models import ScoreRun, ScoringPolicy
from scoring.policies import check_can_set_policy
from scoring.policy_forms import PolicyForm
from scoring.services.policies import policy_in_words, words_of
from scoring.services.policy_versions import draft_of, engine_policy, save_policy_version
from scoring.whatif import effect_of


@require_safe
def policy(request):
    """The policy in force, in plain words."""
    check_may(request.user, Permission.READ)
    campaign = Campaign.objects.current()
    in_force = ScoringPolicy.objects.in_force(campaign)
    context = {
        "policy": in_force,
        "words": policy_in_words(in_force) if in_force else None,
        "versions": ScoringPolicy.objects.filter(campaign=campaign)
        .select_related("made_by")
        .order_by("-version"),
        "can_edit": in_force is not None and allowed(check_can_set_policy, request.user),
    }
    return render(request, "scoring/policy.html", context)


@require_http_methods(["GET", "POST"])
def policy_edit(request):
    """A new version: first its effect on the latest run, then saved."""
    check_can_set_policy(request.user)
    campaign = Campaign.objects.current()
    present = ScoringPolicy.objects.in_force(campaign)
    if present is None:
        raise Http404
    form = PolicyForm(
        request.POST or None,
        draft=draft_of(present),
        version=present.version,
        words=words_of(campaign),
    )
    effect = None
    run = ScoreRun.objects.latest_of(campaign)
    if request.method == "POST" and form.is_valid():
        draft = form.result()
        try:
            changed = engine_policy(draft, present.version + 1)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if "save" in request.POST:
                saved = save_policy_version(
                    campaign=campaign,
                    draft=draft,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    now=request.now,
                    expected_version=form.cleaned_data["version"],
                )
                messages.success(
                    request,
                    _("Version %(number)s is saved. The next run uses it.")
                    % {"number": saved.version},
                )
                return redirect("scoring:policy")
            effect = effect_of(run, changed) if run else None
    return render(
        request,
        "scoring/policy_edit.html",
        {"form": form, "effect": effect, "run": run, "shown": request.method == "POST"},
    )
