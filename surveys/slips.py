"""What stands on the slips of a batch: facts for the page, the workbook and the printer."""

from dataclasses import dataclass
from datetime import date

import segno
from django.conf import settings
from django.urls import reverse

from common.codes import grouped
from surveys.policies import survey_phases
from surveys.services.batches import Issued


@dataclass(frozen=True)
class Slip:
    """One slip. `address` ends in the fragment that holds the code, so that no server logs it."""

    code: str
    address: str
    station: str
    batch: str
    last_day: date | None

    @property
    def qr(self) -> str:
        """The address as an SVG data address, to be shown as an image."""
        return segno.make(self.address, error="m", micro=False).svg_data_uri(scale=3, border=2)


def slips(issued: Issued) -> list[Slip]:
    """The slips of a batch, in the codes' order of chance: it tells nothing of the people drawn."""
    batch = issued.batch
    page = settings.PORTAL_URL + reverse("surveys:code")
    last_day = max((phase.ends_on for phase in survey_phases(batch.campaign)), default=None)
    return [
        Slip(
            code=grouped(code),
            address=f"{page}#{code}",
            station=batch.enrolment.station.name,
            batch=str(batch),
            last_day=last_day,
        )
        for code in issued.codes
    ]
