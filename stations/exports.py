"""The station register as a workbook."""

from django.utils.translation import gettext as _

from common.workbook import Sheet, book_response


def register(stations):
    """A download of the stations, one row each."""
    return book_response("stations.xlsx", [register_sheet(stations)])


def register_sheet(stations) -> Sheet:
    """The stations, one row each."""
    return Sheet(
        title=_("Stations"),
        headers=[
            _("code"),
            _("station"),
            _("unit above"),
            _("kind"),
            _("region"),
            _("head"),
            _("supervision phone"),
            _("address"),
            _("staff"),
            _("founded on"),
        ],
        rows=(
            [
                row.code,
                row.name,
                row.organisation.supervisor.name,
                row.get_kind_display(),
                row.region.name,
                row.head,
                row.phone,
                row.address,
                row.staff_count,
                row.founded_on,
            ]
            for row in stations.iterator(chunk_size=1000)
        ),
        widths=[12, 34, 24, 16, 16, 10, 18, 30, 8, 12],
    )
