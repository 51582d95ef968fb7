"""The words of the mails that carry papers. The office may write its own.

SECURITY: an office's words are no template. A word in braces that stands in the occasion's list is
replaced by its value, once; everything else stays as it was written, and all of it is escaped on
its way into HTML. Nothing is looked up, called or computed.
"""

import re
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.bilingual import is_chinese
from reports.models import MailTemplate

LONGEST_SHOWN = 56
_BRACES = re.compile(r"\{(\w+)\}")
# Ends before a full stop or comma that belongs to the sentence.
_ADDRESS = re.compile(r"https?://[\w./?=&;%#~:@+-]*[\w/=&%#~@+-]", re.ASCII)


@dataclass(frozen=True)
class Occasion:
    """When a mail is written: the portal's own words, and what braces may name in them."""

    code: str
    label: str
    subject: str
    text: str
    placeholders: dict[str, str]


@dataclass(frozen=True)
class Letter:
    """A mail in words."""

    subject: str
    text: str
    html: str


_PLACEHOLDERS = {
    "name": _("the reader's name"),
    "paper": _("the kind of paper"),
    "unit": _("the unit that it is about"),
    "campaign": _("the campaign's title"),
    "year": _("the campaign's year"),
    "file": _("the file's name"),
    "source": _("the scoring run or the day that it shows"),
    "where": _("that the file is attached, or the link to it"),
    "address": _("the paper's page on the portal"),
    "digest": _("the file's checksum (SHA-256)"),
    "code": _("the check code"),
    "note": _("what the sender added"),
}

OCCASIONS = {
    occasion.code: occasion
    for occasion in (
        Occasion(
            "summary",
            _("A unit's summary, to its officers"),
            _("{paper}: {unit}, {year}"),
            _(
                "Good day {name},\n\n"
                "the summary of {unit} in {campaign} is ready. It shows {source}.\n\n"
                "{where}\n\n"
                "On the portal: {address}\n"
                "Check code: {code}\n"
                "SHA-256 of the file: {digest}"
            ),
            {name: label for name, label in _PLACEHOLDERS.items() if name != "note"},
        ),
        Occasion(
            "sent",
            _("A paper that somebody sends by hand"),
            _("{paper}: {unit}, {year}"),
            _(
                "Good day {name},\n\n"
                "{note}\n\n"
                "this paper is sent to you: {paper}, {unit} ({campaign}). It shows {source}.\n\n"
                "{where}\n\n"
                "Check code: {code}\n"
                "SHA-256 of the file: {digest}"
            ),
            _PLACEHOLDERS,
        ),
    )
}


def unknown_in(occasion: Occasion, text: str) -> list[str]:
    """The words in braces that the occasion does not know, in their order."""
    return [name for name in _BRACES.findall(text) if name not in occasion.placeholders]


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with its known words in braces replaced; what is put in is not read again."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), text)


def words_of(occasion: Occasion, language: str) -> tuple[str, str]:
    """Subject and text in a language: the office's, else the portal's."""
    own = MailTemplate.objects.filter(occasion=occasion.code, language=language).first()
    return (own.subject, own.text) if own else (gettext(occasion.subject), gettext(occasion.text))


def _linked(escaped: str) -> str:
    """With addresses as links, wherever they end: Chinese leaves no blank before or after one. A
    long one is shown by its beginning: mail programs do not break it, and the page would grow."""

    def link(found) -> str:
        address = found.group()
        shown = address if len(address) <= LONGEST_SHOWN else f"{address[:LONGEST_SHOWN]}…"
        return f'<a href="{address}">{shown}</a>'

    return _ADDRESS.sub(link, escaped)


def write_letter(
    subject: str, text: str, values: dict[str, str], *, demonstration: bool, unsubscribe: str = ""
) -> Letter:
    """The mail, as text and as HTML, in the language in force."""
    filled = re.sub(r"\n{3,}", "\n\n", fill(text, values)).strip()
    if demonstration:
        filled += "\n\n" + gettext("Demonstration data: nothing in it is a real result.")
    paragraphs = [
        mark_safe(_linked(escape(part)).replace("\n", "<br>"))  # noqa: S308 - escaped
        for part in filled.split("\n\n")
    ]
    title = fill(subject, values)
    html = render_to_string(
        "reports/mail/letter.html",
        {
            "title": title,
            "paragraphs": paragraphs,
            "unsubscribe": unsubscribe,
            "language": "zh-hans" if is_chinese() else "en",
        },
    )
    if unsubscribe:
        filled += "\n\n" + gettext("No more scheduled summaries: %(address)s") % {
            "address": unsubscribe
        }
    return Letter(subject=title, text=filled + "\n", html=html)


def sample_values(occasion: Occasion) -> dict[str, str]:
    """What a preview puts in: the words' meanings, in guillemets."""
    return {name: f"«{label}»" for name, label in occasion.placeholders.items()}
