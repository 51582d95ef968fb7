"""The auditor's pages: filter the trail, follow one object or one person, take it away."""

from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.audit_forms import TrailForm
from accounts.models import AuditArchive, AuditEvent, Organisation, User
from accounts.policies import check_may
from accounts.roles import Permission
from accounts.telling import tell, tell_all
from common import clock
from common.downloads import hand_out
from common.paging import PAGE_SIZE
from common.workbook import CONTENT_TYPE, write_workbook

# A workbook of more rows takes too long for one request; a narrower filter is asked for.
EXPORT_LIMIT = 20_000


def _found(request):
    """The filter, and the events in scope that it finds, latest first (none while it is wrong)."""
    check_may(request.user, Permission.AUDIT_READ)
    form = TrailForm(request.GET)
    events = AuditEvent.objects.visible_to(request.user).select_related("user", "organisation")
    return form, form.found(events) if form.is_valid() else events.none()


def _followed(form, auditor) -> User | None:
    """Whose story is asked for, as a person or as the object of acts; nobody who never had a role
    in the auditor's area."""
    asked = form.cleaned_data if form.is_valid() else {}
    key = asked.get("who") or (asked.get("type") == "accounts.user" and asked["id"]) or ""
    if not str(key).isdecimal():
        return None
    units = Organisation.objects.below(auditor.organisation)
    return User.objects.filter(pk=key, memberships__organisation__in=units).first()


@require_GET
def trail(request):
    """The trail, latest first; paged by the id, so that the last page costs what the first does."""
    form, events = _found(request)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    rows = list(events[: PAGE_SIZE + 1])
    older = rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None
    person = _followed(form, request.user)
    if person:
        # After the events are read: the page does not tell of itself.
        audit.record(by=request.user, act="user.story_read", target=person, now=request.now)
    context = {
        "form": form,
        "rows": tell(rows[:PAGE_SIZE]),
        "older": older,
        "before": before,
        "archives": AuditArchive.objects.all(),
        "person": person,
    }
    return render(request, "accounts/audit.html", context)


@require_GET
def export(request):
    """The same events as a workbook. That they were taken away is an event itself."""
    form, events = _found(request)
    query = request.GET.urlencode()
    count = events.order_by()[: EXPORT_LIMIT + 1].count()
    if not form.is_valid() or count > EXPORT_LIMIT:
        if form.is_valid():
            text = _("A download holds at most %(limit)s events. Choose fewer days.")
            messages.error(request, text % {"limit": EXPORT_LIMIT})
        return redirect(f"{reverse('accounts:audit')}?{query}")
    event = audit.record(
        by=request.user,
        act="trail.exported",
        now=request.now,
        after=form.as_values() | {"events": count},
    )
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_workbook(
        file,
        title=_("Audit trail"),
        headers=_headers(),
        rows=map(_row, tell_all(events.filter(pk__lt=event.pk))),
        widths=(9, 17, 16, 16, 24, 30, 30, 24, 14, 30, 36, 36, 36, 16),
    )
    file.seek(0)
    name = f"audit-{clock.today(request.now)}.xlsx"
    return hand_out(file, name=name, content_type=CONTENT_TYPE)


@require_GET
def archive(request, pk):
    """The file of events that have left the database."""
    check_may(request.user, Permission.AUDIT_READ)
    row = get_object_or_404(AuditArchive, pk=pk)
    path = Path(settings.AUDIT_ARCHIVE_DIR) / row.name
    if not path.exists():
        raise Http404
    audit.record(by=request.user, act="trail.archive_read", target=row, now=request.now)
    return hand_out(path.open("rb"), name=row.name)


def _headers():
    return (
        _("number"),
        _("time"),
        _("person"),
        _("sign-in name"),
        _("role"),
        _("unit"),
        _("act"),
        _("kind of object"),
        _("object number"),
        _("object"),
        _("before"),
        _("after"),
        _("reason"),
        _("from address"),
    )


def _row(event):
    return (
        event.pk,
        event.at,
        str(event.user) if event.user else _("the portal"),
        event.user.username if event.user else "",
        str(event.get_role_display()),
        event.organisation.name if event.organisation else "",
        str(event.label),
        event.target_type,
        event.target_id,
        event.target,
        "; ".join(f"{told.name}: {told.before}" for told in event.told if told.before),
        "; ".join(f"{told.name}: {told.after}" for told in event.told if told.after),
        event.reason,
        event.address or "",
    )
