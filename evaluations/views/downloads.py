"""Handing out files that somebody else made."""

from django.http import FileResponse
from django.utils.translation import gettext as _

from common.errors import Refusal


class FileGone(Refusal):
    """The row is there, its file is not."""

    status = 404


def download(row) -> FileResponse:
    """The file of `row` (file, name, content_type), as a download that no browser runs."""
    try:
        content = row.file.open("rb")
    except OSError as error:
        raise FileGone(
            _(
                "The file “%(name)s” is no longer in the store. Ask whoever attached it to attach "
                "it again, and tell the administrator."
            )
            % {"name": row.name}
        ) from error
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type=row.content_type
    )
    # SECURITY: somebody's file must never act as a page of the portal.
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
