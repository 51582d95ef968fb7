"""Rows for which the audit trail vouches: their content after each act, and whether it is so still.

Each app says in its `vouched.py` which of its models these are. An event about such a row carries
the digest of the row's content after the act, and the event is sealed; so a change made in the
database without an act is found. What it cannot find: a change that a later act on the same row
covered before anybody looked. `look_over` is therefore run every day.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from accounts.acts import READING
from accounts.models import AuditArchive, AuditEvent

# Under this name the digests stand in an event's `after`: {model: {pk: digest}}.
ROWS = "rows"
# Acts after which a row need not be there any more.
GONE = (".deleted", ".removed", ".dropped")
# Rows in one "… IN (…)": below the limit of every database.
KEYS = 500


@dataclass(frozen=True)
class Vouched:
    """A model with the fields that count, and those of the rows that belong to it."""

    model: type
    fields: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]
    file: tuple[str, str] | None = None


_MODELS: dict[str, Vouched] = {}


def vouch_for(model, *fields: str, file=None, **parts: tuple[str, ...]) -> None:
    """Let the trail vouch for `fields` of a model; `parts`: reverse relation → its fields; `file`:
    the fields of a stored file and of the SHA-256 of its content."""
    _MODELS[model._meta.label_lower] = Vouched(model, fields, parts, file)


def vouched_models() -> tuple[Vouched, ...]:
    """All of them."""
    return tuple(_MODELS.values())


def digests(model, pks: Iterable) -> dict[str, str]:
    """The digest of the present content of each row, by its key; a row that is gone has none."""
    kind, pks, found = _MODELS[model._meta.label_lower], list(pks), {}
    for start in range(0, len(pks), KEYS):
        part = pks[start : start + KEYS]
        contents = {
            pk: {"": values}
            for pk, *values in kind.model._base_manager.filter(pk__in=part).values_list(
                "pk", *kind.fields
            )
        }
        for name, fields in kind.parts.items():
            relation = kind.model._meta.get_field(name)
            holder = relation.field.attname
            rows = relation.related_model._base_manager.filter(**{f"{holder}__in": list(contents)})
            for pk, *values in rows.order_by("pk").values_list(holder, *fields):
                contents[pk].setdefault(name, []).append(values)
        found |= {str(pk): _digest(content) for pk, content in contents.items()}
    return found


def _digest(content) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def vouching_of(act: str, target, rows=()) -> dict:
    """What an event about `target`, and about `rows` of one model, carries of their content."""
    if act in READING:
        return {}
    told = [*([target] if target is not None else []), *rows]
    kinds = {}
    for row in told:
        if row._meta.label_lower in _MODELS and not act.endswith(GONE):
            kinds.setdefault(row._meta.label_lower, []).append(row.pk)
    found = {kind: digests(_MODELS[kind].model, pks) for kind, pks in kinds.items()}
    return {ROWS: found} if found else {}


@dataclass(frozen=True)
class Change:
    """A row that is not as its last act left it. `what`: changed or deleted."""

    kind: str
    pk: str
    event: int
    act: str
    what: str

    def __str__(self):
        return f"{self.kind} {self.pk}: {self.what} since event {self.event} ({self.act})"


def changed_rows(*, files: bool = False) -> list[Change]:
    """Every row for which the trail vouches that is not as its last act left it. `files`: read the
    stored files too, which takes as long as reading all of them does."""
    last: dict[str, dict[str, tuple]] = {}
    for event, act, kind, pk, after in _events():
        if act.endswith(GONE):
            last.get(kind, {}).pop(pk, None)
        for kind_of_rows, found in after.get(ROWS, {}).items():
            for key, digest in found.items():
                last.setdefault(kind_of_rows, {})[key] = (digest, event, act)
    changes = []
    for kind, rows in last.items():
        if kind not in _MODELS:
            continue
        now = digests(_MODELS[kind].model, rows)
        for pk, (digest, event, act) in rows.items():
            if now.get(pk) != digest:
                what = "changed" if pk in now else "deleted"
                changes.append(Change(kind, pk, event, act, what))
        if files and _MODELS[kind].file:
            changes += [
                Change(kind, pk, rows[pk][1], rows[pk][2], what)
                for pk, what in _changed_files(_MODELS[kind], [pk for pk in rows if pk in now])
            ]
    return sorted(changes, key=lambda change: (change.event, change.kind, change.pk))


def _changed_files(kind: Vouched, pks) -> Iterator[tuple[str, str]]:
    name, digest = kind.file
    for start in range(0, len(pks), KEYS):
        for row in kind.model._base_manager.filter(pk__in=pks[start : start + KEYS]):
            if not getattr(row, name):
                continue
            try:
                with getattr(row, name).open("rb") as content:
                    found = hashlib.file_digest(content, "sha256").hexdigest()
            except OSError:
                yield str(row.pk), "file deleted"
            else:
                if found != getattr(row, digest):
                    yield str(row.pk), "file changed"


def _events() -> Iterator[tuple]:
    """(number, act, kind, key, after) of every event that says something of rows, archived ones
    first."""
    for archive in AuditArchive.objects.order_by("pk"):
        path = Path(settings.AUDIT_ARCHIVE_DIR) / archive.name
        content = path.read_bytes() if path.exists() else b""
        # A file that was changed or lost is named by archives.verify.
        if hashlib.sha256(content).hexdigest() == archive.sha256:
            for line in gzip.decompress(content).splitlines():
                event = json.loads(line)
                yield (
                    event["id"],
                    event["act"],
                    event["target_type"],
                    event["target_id"],
                    event["after"],
                )
    rows = AuditEvent.objects.order_by("pk")
    yield from rows.values_list("pk", "act", "target_type", "target_id", "after").iterator()
