"""Rows for which the audit trail vouches: their content after each act, and whether it is so still.

Each app says in its `vouched.py` which of its models these are. An event about such a row carries
the digest of the row's content after the act, and the event is sealed; so a change made in the
database without an act is found. What it cannot find: a change that a later act on the same row
covered before anybody looked. A job therefore looks every day (accounts/tasks.py).
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.acts import DELETING, READING, TELLING
from accounts.models import AuditArchive, AuditEvent

# Under this name the digests stand in an event's `after`: {model: {pk: digest}}.
ROWS = "rows"
# In the place of a digest: the act deleted the row.
NO_MORE = ""
# What is not as it should be: of such a row the trail says nothing that could be compared.
NEVER_TOLD, OTHER_FORM = "never told of", "told of in another form"
# Rows in one "… IN (…)": below the limit of every database.
KEYS = 500


@dataclass(frozen=True)
class Part:
    """The columns of a row, or of the rows that belong to it by `path`, a chain of relations."""

    path: str
    model: type
    holder: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Vouched:
    """A model and what counts of it: `parts`, the row itself first. `file`: the fields of a stored
    file and of the SHA-256 of its content. `form` changes when other columns are compared."""

    model: type
    parts: tuple[Part, ...]
    file: tuple[str, str] | None
    from_first_act: bool
    form: str


_MODELS: dict[str, Vouched] = {}


def vouch_for(
    model, *paths: str, but: tuple[str, ...] = (), file=None, from_first_act=False
) -> None:
    """Let the trail vouch for every column of a model's rows, and of the rows that belong to them.

    `paths`: those rows, by the relations that lead to them ("areas__criteria", "members"). `but`:
    columns that change without an act ("last_login", "items__saved_at"). `file`: see Vouched.
    `from_first_act`: rows come without an act, so one that no act told of is none of ours.
    """
    parts = (
        Part("", model, "pk", _columns(model, "", but)),
        *(_part(model, p, but) for p in paths),
    )
    form = hashlib.sha256(repr([(part.path, part.columns) for part in parts]).encode()).hexdigest()
    _MODELS[model._meta.label_lower] = Vouched(model, parts, file, from_first_act, form[:8])


def _columns(model, path, but) -> tuple[str, ...]:
    prefix = f"{path}__" if path else ""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return tuple(field.attname for field in fields if f"{prefix}{field.attname}" not in but)


def _part(model, path, but) -> Part:
    """Follow `path` from a model: the model at its end, and the way back to the row it began at."""
    holder = ""
    for name in path.split("__"):
        field = model._meta.get_field(name)
        if field.many_to_many:
            model, back = field.remote_field.through, field.m2m_field_name()
        else:
            model, back = field.related_model, field.field.name
        holder = f"{back}__{holder}" if holder else back
    return Part(path, model, holder, _columns(model, path, but))


def vouched_models() -> tuple[Vouched, ...]:
    """All of them."""
    return tuple(_MODELS.values())


def digests(model, pks: Iterable, *, hold: bool = False) -> dict[str, str]:
    """The digest of the present content of each row, by its key; a row that is gone has none.
    `hold`: lock the rows first, until the transaction ends."""
    kind, pks, found = _MODELS[model._meta.label_lower], list(pks), {}
    for start in range(0, len(pks), KEYS):
        contents = {}
        for part in kind.parts:
            rows = part.model._base_manager.filter(
                **{f"{part.holder}__in": pks[start : start + KEYS]}
            )
            if hold and not part.path:
                rows = rows.select_for_update(no_key=True)
            for key, *values in rows.order_by("pk").values_list(part.holder, *part.columns):
                contents.setdefault(key, {}).setdefault(part.path, []).append(values)
        found |= {
            str(key): f"{kind.form}.{_digest(content)}"
            for key, content in contents.items()
            if "" in content
        }
    return found


def _digest(content) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value) -> str:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def vouching_of(act: str, target, rows=()) -> dict:
    """What an event about `target`, and about `rows`, carries of their content."""
    if act in READING:
        return {}
    written = [target] if target is not None and act not in TELLING else []
    keys: dict[str, list] = {}
    for row in [*written, *rows]:
        keys.setdefault(row._meta.label_lower, []).append(row.pk)
    if unknown := keys.keys() - _MODELS.keys():
        raise LookupError(f"name {sorted(unknown)} in the vouched.py of their app")
    found = {}
    for label, pks in keys.items():
        # RACE: two people write rows that belong to one (delegates of a meeting). The second waits
        # here for the first, so that the later event tells of both.
        present = digests(_MODELS[label].model, pks, hold=connection.in_atomic_block)
        found[label] = {str(pk): present.get(str(pk), NO_MORE) for pk in pks}
    if act in DELETING and target not in rows:
        found[target._meta.label_lower][str(target.pk)] = NO_MORE
    return {ROWS: found} if found else {}


@dataclass(frozen=True)
class Change:
    """A row that is not as its last act left it. `event`, `act`: the last one, if any."""

    kind: str
    pk: str
    event: int | None
    act: str
    what: str

    @property
    def row(self):
        """The row by its key alone."""
        return _MODELS[self.kind].model(pk=self.pk)

    def __str__(self):
        since = f" since event {self.event} ({self.act})" if self.event else ""
        return f"{self.kind} {self.pk}: {self.what}{since}"


def changed_rows(*, files: bool = False) -> list[Change]:
    """Every row for which the trail vouches that is not as its last act left it, and every one that
    no act ever told of. `files`: read the stored files too, which takes as long as that does."""
    found = set(_compared(files))
    # RACE: an act between reading the trail and reading the rows looks like a change; it is told of
    # when both are read again, and what is really changed is found again as it was.
    return [change for change in _compared(files) if change in found] if found else []


def _compared(files) -> list[Change]:
    changes = []
    for label, told in _last_told().items():
        kind = _MODELS[label]
        now = digests(kind.model, _keys_to_look_at(kind, told))
        for pk in told.keys() | now.keys():
            digest, event, act = told.get(pk, ("", None, ""))
            what = _difference(kind, digest, now.get(pk))
            if what:
                changes.append(Change(label, pk, event, act, what))
        if files and kind.file:
            changes += [
                Change(label, pk, *told[pk][1:], what)
                for pk, what in _changed_files(kind, list(told.keys() & now.keys()))
            ]
    return sorted(changes, key=lambda change: (change.event or 0, change.kind, change.pk))


def _keys_to_look_at(kind, told):
    if kind.from_first_act:
        return told
    return kind.model._base_manager.order_by("pk").values_list("pk", flat=True)


def _difference(kind, told, now) -> str:
    if now is None:
        return "deleted"
    if not told:
        return NEVER_TOLD
    if not told.startswith(f"{kind.form}."):
        return OTHER_FORM
    return "" if now == told else "changed"


def _last_told() -> dict[str, dict[str, tuple]]:
    """By model and key: (digest, event, act) of the last event that told of the row."""
    last: dict[str, dict[str, tuple]] = {label: {} for label in _MODELS}
    for event, act, after in _events():
        for label, found in after.get(ROWS, {}).items():
            told = last.setdefault(label, {})
            for key, digest in found.items():
                told[key] = (digest, event, act)
                if digest == NO_MORE:
                    del told[key]
    return {label: told for label, told in last.items() if label in _MODELS}


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
    """(number, act, after) of every event, archived ones first."""
    for archive in AuditArchive.objects.order_by("pk"):
        path = Path(settings.AUDIT_ARCHIVE_DIR) / archive.name
        content = path.read_bytes() if path.exists() else b""
        # A file that was changed or lost is named by archives.verify.
        if hashlib.sha256(content).hexdigest() == archive.sha256:
            for line in gzip.decompress(content).splitlines():
                event = json.loads(line)
                yield event["id"], event["act"], event["after"]
    yield from AuditEvent.objects.order_by("pk").values_list("pk", "act", "after").iterator()
