"""Is this paper genuine, and still the latest? Answered to everybody, with no word about people."""

import hashlib
from dataclasses import dataclass

from reports.models import Report


@dataclass(frozen=True)
class Answer:
    """`report`: the paper that was found, None: there is none. `same_file`: whether the file that
    was handed in (by itself or its checksum) is the one that the portal made; None where only a
    code was given. `newest`: the latest version of what the paper is about."""

    report: Report | None
    same_file: bool | None = None
    newest: Report | None = None

    @property
    def is_latest(self) -> bool:
        return self.newest is None or self.newest.pk == self.report.pk


def clean_code(text: str) -> str:
    """A check code as it was typed, without blanks and dashes, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def digest_of(file) -> str:
    """The SHA-256 of an uploaded file, read in pieces."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def look_up(*, code: str = "", digest: str = "") -> Answer:
    """Find a finished paper by its code, else by its file's checksum."""
    code, digest = clean_code(code), digest.strip().lower()
    made = Report.objects.filter(finished_at__isnull=False).select_related(
        "organisation", "campaign", "run"
    )
    report = None
    if code:
        report = made.filter(code=code).first()
    elif digest:
        report = made.filter(sha256=digest).order_by("-pk").first()
    if report is None:
        return Answer(report=None)
    return Answer(
        report=report,
        same_file=report.sha256 == digest if digest else None,
        newest=Report.objects.newest_of(report.series),
    )
