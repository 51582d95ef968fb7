"""What all official papers share (GB/T 9704-2012): the red head, the number, the date, the imprint.

They are written in Chinese, since the standard is a form for Chinese; so are the words here.
"""

from dataclasses import dataclass
from datetime import date
from math import floor

from common import clock
from reports.models import Report

# The type area is 156 mm wide; the red head stands on one line and is never larger than this.
TYPE_WIDTH = 442
LARGEST_MARK = 60

# What the office writes on an official paper.
FIELDS = ("number", "issued_on", "addressee", "copies", "contact", "opinion")


@dataclass(frozen=True)
class Letter:
    """The parts of an official paper that are not its text. `mark_size` in points."""

    issuer: str
    number: str
    addressee: str
    copies: str
    contact: str
    opinion: list[str]
    issued_on: date

    @property
    def issued(self) -> str:
        """Arabic digits without padding."""
        return chinese_date(self.issued_on)

    @property
    def mark_size(self) -> int:
        return mark_size(f"{self.issuer}文件")


def letter_of(report: Report) -> Letter:
    """From what the office wrote; where it wrote nothing, from the report itself."""
    written = report.details
    issued_on = written.get("issued_on")
    return Letter(
        issuer=report.organisation.name_zh,
        number=brackets(written.get("number", "")),
        addressee=written.get("addressee", "").rstrip("：:"),
        copies=written.get("copies", "").rstrip("。"),
        contact=written.get("contact", ""),
        opinion=[line.strip() for line in written.get("opinion", "").splitlines() if line.strip()],
        issued_on=date.fromisoformat(issued_on) if issued_on else clock.today(report.requested_at),
    )


def mark_size(words: str) -> int:
    """The largest size, in points, at which the red head fits its one line."""
    return min(LARGEST_MARK, floor(TYPE_WIDTH / len(words)))


def brackets(number: str) -> str:
    """A document number with the year in 〔 〕, whichever brackets it was typed with."""
    return number.translate(str.maketrans("﹝﹞[]［］【】", "〔〕〔〕〔〕〔〕"))


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_number(number: int) -> str:
    """一 to 九十九, as headings of the first level count."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
