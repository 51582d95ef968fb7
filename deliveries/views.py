"""The mail ledger, for the provincial administrator."""

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.policies import check_may
from accounts.roles import Permission
from common.downloads import hand_out
from common.errors import Incomplete, allowed
from common.paging import page_of
from deliveries import services
from deliveries.models import Delivery, DeliveryKind, DeliveryState, Notice
from deliveries.notices import mark_read


def deliveries(request):
    """Every message, latest first."""
    check_may(request.user, Permission.MAIL_READ)
    rows = Delivery.objects.select_related("user")
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    text = request.GET.get("q", "").strip()
    if state in DeliveryState.values:
        rows = rows.filter(state=state)
    if kind in DeliveryKind.values:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(address__icontains=text) | Q(subject__icontains=text))
    context = {
        "page": page_of(request, rows),
        "states": DeliveryState.choices,
        "kinds": DeliveryKind.choices,
        "state": state,
        "kind": kind,
        "text": text,
    }
    return render(request, "deliveries/list.html", context)


def delivery(request, pk):
    """One message, as it was or will be sent."""
    check_may(request.user, Permission.MAIL_READ)
    row = get_object_or_404(Delivery.objects.select_related("user"), pk=pk)
    audit.record(by=request.user, act="delivery.read", target=row, now=request.now)
    can_resend = allowed(services.check_can_resend, request.user, row)
    context = {
        "row": row,
        "can_resend": can_resend,
        "events": audit.story_of(row).exclude(act="delivery.read"),
    }
    return render(request, "deliveries/detail.html", context)


def attachment(request, pk):
    """The file that goes with a message."""
    check_may(request.user, Permission.MAIL_READ)
    row = get_object_or_404(Delivery, pk=pk)
    if not row.attachment or not default_storage.exists(row.attachment):
        raise Http404
    audit.record(by=request.user, act="delivery.file_read", target=row, now=request.now)
    return hand_out(default_storage.open(row.attachment), name=row.attachment_name)


@require_POST
def resend(request, pk):
    """Send a failed or undecided message again."""
    check_may(request.user, Permission.MAIL_READ)
    row = get_object_or_404(Delivery, pk=pk)
    services.resend(delivery=row, by=request.user, now=request.now)
    messages.success(request, _("The message will be sent again."))
    return redirect("deliveries:detail", pk)


@require_POST
def bounce(request, pk):
    """Note that a sent message came back."""
    check_may(request.user, Permission.MAIL_READ)
    row = get_object_or_404(Delivery, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        services.bounce(delivery=row, reason=reason, by=request.user, now=request.now)
    except Incomplete as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("Noted: the message came back."))
    return redirect("deliveries:detail", pk)


def notices(request):
    """One's own messages in the portal, latest first."""
    rows = Notice.objects.visible_to(request.user)
    context = {"page": page_of(request, rows, size=20), "unread": rows.unread().count()}
    return render(request, "deliveries/notices.html", context)


@require_POST
def notice_open(request, pk):
    """Mark one as read, and go where something can be done about it."""
    row = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    mark_read(by=request.user, now=request.now, notice=row)
    return redirect(row.address or "deliveries:notices")


@require_POST
def notices_read(request):
    """Mark all as read."""
    mark_read(by=request.user, now=request.now)
    return redirect("deliveries:notices")
