"""What stands on the slips of a batch: facts for the page and the printer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import segno
from django.conf import settings
from django.urls import reverse

from common.codes import grouped
from surveys.models import BallotBatch, Questionnaire
from surveys.policies import survey_phases

# So many are drawn as one PDF: some seconds, which a page may take.
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Slip:
    """One slip. `address` ends in the fragment that holds the code, so that no server logs it;
    `group`: the respondent group that the code gives, or ""."""

    code: str
    address: str
    page: str
    station: str
    phone: str
    group: str
    batch: str
    last_day: date | None

    @property
    def qr(self) -> str:
        """The address as an SVG data address, to be shown as an image."""
        return segno.make(self.address, error="m", micro=False).svg_data_uri(scale=3, border=2)


def slips(batch: BallotBatch, codes: Sequence[str]) -> list[Slip]:
    """The slips of a batch, in the codes' order of chance: it tells nothing of the people drawn."""
    page = settings.PORTAL_URL + reverse("surveys:code")
    last_day = max((phase.ends_on for phase in survey_phases(batch.campaign)), default=None)
    questionnaire = Questionnaire.objects.in_force(batch.campaign)
    group = questionnaire and questionnaire.groups.filter(code=batch.group).first()
    station = batch.enrolment.station
    return [
        Slip(
            code=grouped(code),
            address=f"{page}#{code}",
            page=page,
            station=station.name,
            phone=station.phone,
            group=group.name if group else "",
            batch=str(batch),
            last_day=last_day,
        )
        for code in codes
    ]


@dataclass(frozen=True)
class Part:
    """The codes of slips that are drawn as one PDF, number `first` to `last`."""

    first: int
    last: int
    codes: str


def parts(codes: Sequence[str]) -> list[Part]:
    """All codes, in parts of which each may be drawn at once."""
    return [
        Part(start + 1, min(start + MOST_AT_ONCE, len(codes)), " ".join(some))
        for start in range(0, len(codes), MOST_AT_ONCE)
        if (some := codes[start : start + MOST_AT_ONCE])
    ]
