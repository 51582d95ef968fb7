"""The audit trail in the reader's language: each changed value under its name, before and after.

A name is that of the field of the object, else the word for what acts put there
(accounts/trail_words.py), else it is made of parts that have words ("grade excellent"). Values of
choices, roles and units are told by name. What nothing knows is shown as it is stored.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.acts import READING
from accounts.models import AuditEvent, Organisation
from accounts.trail_words import BESIDE, CODED, LIKE, NUMBERS, WORDS
from common.bilingual import localised

# More units than these in one value are counted, not named.
NAMED = 20
# More codes than this are not sent to the database one by one: it gives all units.
CODES = 500
_PARTS = re.compile(r"[ .]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_NUMBER_AND_WORD = re.compile(r"(\d+) ([a-z_]+)")
# Acts on a campaign speak of all its stations, by the hundred: on the campaign's own page only its
# own changes are told.
_OWN_ACTS = {"campaign.campaign": "campaign."}


class Told(NamedTuple):
    """One value in words: its name, what it was and what it became ("" where there was none)."""

    name: str
    before: str
    after: str


def tell(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The events, each with its `told`; two queries at most for the names of units and groups."""
    events = list(events)
    names = _names({code for event in events for code in _codes(event)})
    return [_told_event(event, names) for event in events]


def tell_all(events: QuerySet) -> Iterator[AuditEvent]:
    """As `tell`, one after the other, for more events than fit into memory."""
    names = _names(None)
    for event in events.iterator(chunk_size=2000):
        yield _told_event(event, names)


def _told_event(event, names):
    told = [_told(event, *change, names) for change in event.changes]
    event.told = [each for each in told if each.before != each.after]
    return event


def tell_on_page(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """As `tell`, for the page of the object itself: without what a reader of it looked for, and
    without what acts on a campaign say of its stations."""
    events = list(events)
    tell(event for event in events if not hasattr(event, "told") and _is_for_page(event))
    for event in events:
        if not _is_for_page(event):
            event.told = []
    return events


def _is_for_page(event):
    noun = _OWN_ACTS.get(event.target_type, "")
    return event.act not in READING and event.act.startswith(noun)


def name_of(target_type: str, name: str, names: dict[str, str]) -> str:
    """What a value is called; the stored name where there is no word for it."""
    return _word(target_type, name) or _composed(target_type, name, names)


def _word(target_type, name):
    field = _own_field(target_type, name)
    if field is not None and isinstance(field.verbose_name, Promise):
        return str(field.verbose_name)
    return str(WORDS.get(name, ""))


def _composed(target_type, name, names):
    """A name made of several: "grade excellent", a unit's code and a year, a phase."""
    parts = _PARTS.split(name)
    told = [
        names.get(part) or _label(target_type, part) or _word(target_type, part) or part
        for part in parts
    ]
    return " · ".join(told)


def _told(event, name, before, after, names):
    values = [_value(event.target_type, name, value, names) for value in (before, after)]
    return Told(name_of(event.target_type, name, names), *values)


def _value(target_type, name, value, names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        if len(value) > NAMED and name in CODED:
            return str(len(value))
        return _(", ").join(_value(target_type, name, item, names) for item in value)
    if isinstance(value, dict):
        return "; ".join(
            f"{name_of(target_type, key, names)}: {_value(target_type, key, item, names)}"
            for key, item in value.items()
        )
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(target_type, name)
    if isinstance(field, models.DecimalField):
        return _decimal(field, value)
    if isinstance(field, models.BooleanField) and value in ("True", "False"):
        return _("yes") if value == "True" else _("no")
    if isinstance(value, int) and (name in NUMBERS or isinstance(field, models.ForeignKey)):
        return _("no. %(number)s") % {"number": value}
    text = str(value)
    if text == "None" and field is not None:
        return ""
    return _choice(field, text) or names.get(text) or _plain(target_type, text)


def _choice(field, text):
    """The label of a choice."""
    choices = dict(getattr(field, "flatchoices", None) or ())
    return str(choices.get(text, ""))


def _decimal(field, value):
    """A number as its field has it: 90.00 and 90 are the same."""
    try:
        return f"{Decimal(str(value)):.{field.decimal_places}f}"
    except InvalidOperation:
        return str(value)


def _plain(target_type, text):
    """A moment in local time, a number of days with its unit; anything else as it is."""
    if _MOMENT.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return f"{timezone.localtime(moment) if moment.tzinfo else moment:%Y-%m-%d %H:%M}"
    pair = _NUMBER_AND_WORD.fullmatch(text)
    if pair and (label := _label(target_type, pair[2])):
        return f"{pair[1]} {label}"
    return text


def _field(target_type, name):
    """The field whose values stand under `name`; None where there is none."""
    return _own_field(*(LIKE[name].rsplit(".", 1) if name in LIKE else (target_type, name)))


def _own_field(target_type, name):
    """The field of the object's model, or of rows that belong to it; None where there is none."""
    for model in (target_type, BESIDE.get(target_type, "")):
        try:
            field = apps.get_model(model)._meta.get_field(name)
        except (LookupError, ValueError, FieldDoesNotExist):
            continue
        if isinstance(field, models.Field):
            return field
    return None


def _label(target_type, value):
    """What a choice of the object's app is called, or of any app."""
    own, everywhere = _labels(target_type.partition(".")[0]), _labels("")
    return str(own.get(value) or everywhere.get(value, ""))


@cache
def _labels(app) -> dict:
    """Value → label of all choices of an app ("": of all apps); the first of equal values."""
    found = {}
    for model in apps.get_models():
        if app in ("", model._meta.app_label):
            for field in model._meta.fields:
                for value, label in field.flatchoices:
                    found.setdefault(value, label)
    return found


def _codes(event) -> Iterator[str]:
    """What may be the code of a unit or of a group of respondents in an event."""
    for name, *values in event.changes:
        parts = _PARTS.split(name)
        yield from parts if len(parts) > 1 else ()
        if name in CODED:
            for value in values:
                items = value if isinstance(value, list) else [value]
                if len(items) <= NAMED:
                    yield from (item for item in items if isinstance(item, str))


def _names(codes: set[str] | None) -> dict[str, str]:
    """Code → name of these units and groups of respondents; of all for None."""
    if codes is not None and not codes:
        return {}
    found = {}
    for model in (Organisation, apps.get_model("surveys.respondentgroup")):
        rows = model.objects.only("code", "name_zh", "name_en")
        if codes is not None and len(codes) <= CODES:
            rows = rows.filter(code__in=codes)
        found |= {row.code: localised(row, "name") for row in rows}
    return found
