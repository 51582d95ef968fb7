"""Fetching in scope: outside it, 404."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

from campaign.models import Campaign


def current_campaign() -> Campaign:
    """The campaign that runs; 404 where there is none."""
    campaign = Campaign.objects.current()
    if campaign is None:
        raise Http404
    return campaign


def download(row) -> FileResponse:
    """A stored file under its own name, never shown inside the portal's pages."""
    if not default_storage.exists(row.file.name):
        raise Http404
    return FileResponse(
        default_storage.open(row.file.name),
        as_attachment=True,
        filename=row.name,
        content_type=row.content_type,
    )
