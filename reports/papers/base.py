"""What every paper is made of. One module a paper; the table of all stands in `reports.papers`."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.roles import Permission
from campaign.models import Campaign
from common.workbook import CONTENT_TYPE, Sheet, write_book
from reports.models import Report, ReportKind
from reports.papers.official import letter_of
from reports.pdf import Style, render_pdf

BUREAUS = (OrganisationKind.PROVINCE, OrganisationKind.PREFECTURE, OrganisationKind.COUNTY)
STATIONS = (OrganisationKind.STATION,)
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
# GB/T 9704-2012 is a form for Chinese.
CHINESE_ONLY = ("zh-hans",)


class NothingToReport(Exception):
    """There is nothing that the paper could say; the message says why (translated)."""


@dataclass(frozen=True)
class Paper:
    """A kind of document.

    `slug`: its word in file names. `units`: of which units it is made. `right`: who asks for it,
    of units that the own one covers. `of_run`: it shows a run's scores. `of_day`: it shows work as
    it stands, so that another day's request is another version. `subjects`: the unit's things of
    which each has a paper of its own (user → rows). `fields`: what the office writes for it.
    `confidential`: it travels by link, never as an attachment.
    """

    kind: ReportKind
    slug: str
    units: tuple[str, ...] = BUREAUS
    right: Permission = Permission.REPORT_MAKE
    of_run: bool = True
    of_day: bool = True
    languages: tuple[str, ...] = LANGUAGES
    subjects: Callable | None = None
    fields: tuple[str, ...] = ()
    confidential: bool = False

    suffix = ""
    content_type = "application/octet-stream"

    @property
    def label(self):
        return self.kind.label

    @property
    def is_pack(self) -> bool:
        return False

    def unit_of(self, subject) -> Organisation:
        """Of which unit a paper about `subject` is: the station of an enrolment's row."""
        return subject.enrolment.station.organisation

    def campaign_of(self, subject) -> Campaign:
        """Of which campaign a paper about `subject` is: that of the enrolment's row."""
        return subject.enrolment.campaign

    def filename(self, report: Report) -> str:
        """Under which it is downloaded and mailed: 410100-2014-summary.pdf."""
        subject = f"-{report.subject}" if report.subject else ""
        language = "" if report.language.startswith("zh") else f"-{report.language}"
        unit, year = report.organisation.code, report.campaign.year
        return f"{unit}-{year}-{self.slug}{subject}{language}.{self.suffix}"


@dataclass(frozen=True)
class Document(Paper):
    """A PDF. `facts`: report, now → what the template calls `facts`; it raises `NothingToReport`
    where there is nothing to say."""

    facts: Callable | None = None
    template: str = ""
    style: Style = Style.HOUSE

    suffix = "pdf"
    content_type = "application/pdf"

    def html(self, report: Report, now: datetime) -> str:
        """The page that is printed."""
        context = {
            "report": report,
            "facts": self.facts(report, now),
            "now": now,
            "verify_address": verify_address(report),
            "verify_qr": qr(verify_address(report)),
            "letter": letter_of(report) if self.style == Style.OFFICIAL else None,
        }
        return render_to_string(self.template, context)

    def make(self, report: Report, now: datetime, pulse: Callable[[], None]) -> bytes:
        """The file. Runs in the report's language. `pulse` is called now and then; what it raises
        ends the work."""
        html = self.html(report, now)
        pulse()
        return render_pdf(html, self.style, pulse=pulse)


@dataclass(frozen=True)
class Book(Paper):
    """A workbook. `sheets`: report, now → its sheets; a last one says where they come from."""

    sheets: Callable[..., Iterable[Sheet]] | None = None

    suffix = "xlsx"
    content_type = CONTENT_TYPE

    def make(self, report: Report, now: datetime, pulse: Callable[[], None]) -> bytes:
        """The file, as `Document.make`."""
        target = io.BytesIO()
        write_book(target, self._pulsed(report, now, pulse))
        return target.getvalue()

    def _pulsed(self, report, now, pulse):
        for sheet in self.sheets(report, now):
            pulse()
            yield sheet
        yield about(report)


@dataclass(frozen=True)
class Pack(Paper):
    """A zip of other papers. `contents`: report → (kind, unit) of each part."""

    contents: Callable[[Report], list[tuple[ReportKind, Organisation]]] | None = None

    suffix = "zip"
    content_type = "application/zip"

    @property
    def is_pack(self) -> bool:
        return True


def about(report: Report) -> Sheet:
    """Where a workbook comes from, and how anybody learns whether a copy is genuine."""
    rows = [
        (_("Paper"), report.get_kind_display()),
        (_("Unit"), f"{report.organisation.name} {report.organisation.code}"),
        (_("Campaign"), f"{report.campaign.title} {report.campaign.document_number}"),
        (_("Version"), report.version),
        (_("Requested"), report.requested_at),
        (_("Check code"), report.spaced_code),
        (_("To be checked at"), verify_address(report)),
    ]
    if report.run_id:
        rows += [
            (_("Scoring run"), report.run_id),
            (_("Made at"), report.run.made_at),
            (_("Digest of the results"), report.run.output_digest),
        ]
    if report.campaign.is_demonstration:
        rows.append((_("Note"), _("Demonstration data, not real results")))
    return Sheet(title=_("About this file"), headers=["", ""], rows=rows, widths=(24, 80))


def verify_address(report: Report) -> str:
    """Where anybody learns whether a copy of the paper is genuine."""
    return settings.PORTAL_URL + reverse("verify:code", args=[report.code])


def qr(text: str, border: int = 2) -> SafeString:
    """A QR code as SVG that fills its box (error correction M)."""
    code = segno.make(text, error="m", micro=False)
    # SECURITY: the drawing holds the modules of `text` only, never its letters.
    return mark_safe(code.svg_inline(border=border, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - above
