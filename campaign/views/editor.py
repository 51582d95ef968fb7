"""The campaign editor, and the quiet hours."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.policies import check_may
from accounts.roles import Permission
from campaign.forms_editor import CampaignForm, QuietHoursForm
from campaign.models import Campaign
from campaign.policies import check_can_edit_campaign
from campaign.services import definitions, notice_files
from common.errors import Incomplete, WrongMoment
from deliveries.notices import quiet_hours, set_quiet_hours


@require_http_methods(["GET", "POST"])
def campaigns(request):
    """Every year's campaign; and the hours in which no reminder goes out."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    hours = quiet_hours()
    initial = {"starts_at": hours.starts_at, "ends_at": hours.ends_at} if hours else {}
    form = QuietHoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_quiet_hours(by=request.user, now=request.now, **form.cleaned_data)
        messages.success(request, _("The quiet hours are set."))
        return redirect("campaign:campaigns")
    context = {"campaigns": Campaign.objects.all(), "form": form}
    return render(request, "campaign/campaigns.html", context)


@require_http_methods(["GET", "POST"])
def campaign_add(request):
    """Draft a campaign from nothing."""
    check_may(request.user, Permission.CAMPAIGN_EDIT)
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = definitions.draft(definition=form.result(), by=request.user, now=request.now)
        except WrongMoment as refusal:
            form.add_error("year", refusal.reason)
        else:
            messages.success(request, _("The campaign is drafted."))
            return redirect("portal:campaign", row.pk)
    return render(request, "campaign/editor.html", {"form": form})


@require_http_methods(["GET", "POST"])
def campaign_edit(request, pk):
    """Change a campaign; once it is open, other dates move what is open and tell those
    concerned."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    check_can_edit_campaign(request.user, row)
    definition = definitions.read_definition(row)
    form = CampaignForm(request.POST or None, definition=definition, version=row.version)
    if request.method == "POST" and form.is_valid():
        try:
            moved = definitions.change(
                campaign=row,
                definition=form.result(),
                expected_version=form.cleaned_data["version"] or 0,
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=request.now,
            )
        except (Incomplete, WrongMoment) as refusal:
            form.add_error("reason" if isinstance(refusal, Incomplete) else None, refusal.reason)
        else:
            text = ngettext(
                "The campaign is changed; %(count)s deadline has moved.",
                "The campaign is changed; %(count)s deadlines have moved.",
                moved,
            )
            messages.success(request, text % {"count": moved})
            return redirect("portal:campaign", pk)
    return render(request, "campaign/editor.html", {"form": form, "campaign": row})


@require_POST
def file_add(request, pk):
    """Attach a file to the notice."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    check_can_edit_campaign(request.user, row)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise ValidationError(_("Choose a file."))
        notice_files.add_file(campaign=row, upload=upload, by=request.user, now=request.now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The file is attached."))
    return redirect("portal:campaign", pk)


@require_POST
def file_remove(request, pk, file):
    """Take a file off the notice of a draft."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)
    notice_file = get_object_or_404(row.files, pk=file)
    notice_files.remove_file(notice_file=notice_file, by=request.user, now=request.now)
    messages.success(request, _("The file is removed."))
    return redirect("portal:campaign", pk)
