"""The one way by which a file leaves the portal. A test walks every address and fails for a file
that leaves by another."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from common.errors import Refusal


class FileGone(Refusal):
    """The row is there, its file is not."""

    status = 404


def hand_out(content, *, name: str, content_type: str | None = None) -> HttpResponseBase:
    """`content` (bytes or a binary file, which the answer closes) as a download that no browser
    runs, keeps or shows as a page. Without `content_type` the name tells it."""
    if isinstance(content, bytes):
        response = HttpResponse(content, content_type=content_type)
        response["Content-Disposition"] = content_disposition_header(True, name)
    else:
        response = FileResponse(
            content, as_attachment=True, filename=name, content_type=content_type
        )
    # SECURITY: somebody's file must never act as a page of the portal, whatever its content.
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def hand_out_stored(file, *, name: str, content_type: str | None = None) -> HttpResponseBase:
    """`hand_out` of a stored file (a `FieldFile`); `FileGone` where the store has lost it."""
    try:
        content = file.open("rb")
    except OSError as error:
        raise FileGone(
            _(
                "The file “%(name)s” is no longer in the store. Ask whoever attached it to attach "
                "it again, and tell the administrator."
            )
            % {"name": name}
        ) from error
    return hand_out(content, name=name, content_type=content_type)


def hand_out_row(row) -> HttpResponseBase:
    """The file of `row`, which names it as `file`, `name` and `content_type`."""
    return hand_out_stored(row.file, name=row.name, content_type=row.content_type)
