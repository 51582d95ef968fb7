"""Reading an answer sheet. No form framework: a page of twelve questions is sent by crowds at once,
and its fields are the questionnaire's, not ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys import receipts
from surveys.layout import Item, Layout
from surveys.services.ballots import COMMENT_LENGTH

# Everything below the space but line ends and tab: PostgreSQL refuses some, nobody types any.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Sheet:
    """What came in. `errors`: field name → message; empty when the sheet can be cast. `began`: the
    stamp of when the form was made."""

    group: str
    answers: dict[int, str]
    texts: dict[int, str]
    key: str
    errors: dict[str, str]
    began: str = ""

    @property
    def comment(self) -> str:
        return "\n".join(text for text in self.texts.values() if text)

    def value(self, item: Item) -> str:
        return (self.texts if item.is_text else self.answers).get(item.number, "")


def empty_sheet() -> Sheet:
    """A fresh sheet with a key of its own."""
    return Sheet(group="", answers={}, texts={}, key=receipts.new_key(), errors={})


def read_sheet(post: Mapping[str, str], layout: Layout, fixed_group: str = "") -> Sheet:
    """The sheet that a form sent. An option that a question does not have is taken as none.

    `fixed_group`: what a one-time code gives, whatever the form says.
    """
    group = fixed_group or post.get("group", "")
    answers = {}
    for item in layout.packed:
        code = post.get(item.field, "")
        if item.choice(code):
            answers[item.number] = code
    texts = {item.number: _cleaned(post.get(item.field, "")) for item in layout.texts}
    key = post.get("key", "")
    errors = {}
    if layout.group(group) is None:
        group = ""
        errors["group"] = _("Please choose who you are.")
    for item in layout.items:
        if item.required and not (texts if item.is_text else answers).get(item.number):
            errors[item.field] = _("Please answer this question.")
    for number, text in texts.items():
        if len(text) > COMMENT_LENGTH:
            errors[f"q{number}"] = _("Please shorten this to %(number)s characters.") % {
                "number": COMMENT_LENGTH
            }
    return Sheet(
        group=group,
        answers=answers,
        texts=texts,
        key=key if receipts.is_key(key) else receipts.new_key(),
        errors=errors,
        began=post.get("began", "")[:40],
    )


def _cleaned(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
