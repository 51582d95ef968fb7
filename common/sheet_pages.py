"""The page of an import: upload, preview, confirm; saved all or nothing.

Between preview and confirmation the workbook lies in the store under a random name. The page holds
a signed token that names it, its content, its kind and its person. At the confirmation everything
is read and checked again: what was previewed may have become wrong meanwhile.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import WrongMoment
from common.sheets import MAX_BYTES, Column, Table, read_table

FOLDER = "staged"
KEPT = timedelta(days=1)
# So many rows of a preview show how the workbook was read.
ROWS_SHOWN = 10
ERRORS_SHOWN = 200


@dataclass(frozen=True)
class SheetImport:
    """A kind of import, for `import_page`.

    `plan(table)`: adds errors about the rows as a whole (`Table.fail`) and returns what would
    change, as (label, number or text) pairs. `apply(table)`: saves all, in the transaction that
    `import_page` opens, and returns the message for the person. `back`: where to go afterwards.
    `template`: the address of the empty workbook. `sheet`: the sheet's name, where it matters.
    `reads_gaps`: `plan` can do with rows of which a cell could not be read (`Table.is_read`; its
    value is None), so that all errors are told at once.
    """

    kind: str
    title: str
    columns: tuple[Column, ...]
    plan: Callable[[Table], list[tuple]]
    apply: Callable[[Table], str]
    back: str
    template: str
    note: str = ""
    sheet: str | None = None
    reads_gaps: bool = False


class WorkbookForm(forms.Form):
    workbook = forms.FileField(
        label=gettext_lazy("Workbook (.xlsx)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_workbook(self):
        upload = self.cleaned_data["workbook"]
        if upload.size > MAX_BYTES:
            raise ValidationError(
                _("The workbook is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024**2}
            )
        return upload.read()


def import_page(request, what: SheetImport):
    """Answer a request to the import's address. The view has checked the person's right before."""
    if request.method != "POST":
        return _page(request, what, {"form": WorkbookForm()})
    token = request.POST.get("token")
    if token:
        return _confirmed(request, what, token)
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, what, {"form": form})
    content = form.cleaned_data["workbook"]
    try:
        table, changes = _planned(what, content)
    except ValidationError as error:
        form.add_error("workbook", error)
        return _page(request, what, {"form": form})
    context = {"form": WorkbookForm(), **_shown(table, changes)}
    if not table.errors:
        context["token"] = stage(kind=what.kind, user=request.user, content=content)
    return _page(request, what, context)


def _planned(what, content) -> tuple[Table, list[tuple]]:
    table = read_table(content, what.columns, title=what.sheet)
    # A plan that knows of no gaps is asked of whole rows only: others would give false alarms.
    asked = not table.errors or (what.reads_gaps and table.rows)
    changes = what.plan(table) if asked else []
    table.errors.sort(key=lambda error: error.row or 0)
    return table, changes if not table.errors else []


def _confirmed(request, what, token):
    content = staged(kind=what.kind, user=request.user, token=token)
    with transaction.atomic():
        table, changes = _planned(what, content)
        message = None if table.errors else what.apply(table)
    if message is None:
        return _page(request, what, {"form": WorkbookForm(), **_shown(table, changes)})
    discard(token)
    messages.success(request, message)
    return redirect(what.back)


def _shown(table, changes) -> dict:
    return {
        "table": table,
        "changes": changes,
        "first_rows": table.first_rows(ROWS_SHOWN) if not table.errors else [],
        "errors": table.errors[:ERRORS_SHOWN],
        "more_errors": max(len(table.errors) - ERRORS_SHOWN, 0),
    }


def _page(request, what, context):
    return render(request, "components/import.html", {"import": what, **context})


# --- between preview and confirmation -------------------------------------------------------------


def stage(*, kind: str, user, content: bytes) -> str:
    """Keep a workbook for its confirmation; the token that names it."""
    name = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", ContentFile(content))
    return signing.dumps(
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "kind": kind, "by": user.pk},
        salt="common.sheet_pages",
    )


def staged(*, kind: str, user, token: str) -> bytes:
    """The workbook of a token of the same person and kind; `WrongMoment` when it is gone."""
    gone = WrongMoment(_("This preview is no longer valid. Upload the workbook again."))
    try:
        facts = signing.loads(token, salt="common.sheet_pages", max_age=KEPT)
        if (facts["kind"], facts["by"]) != (kind, user.pk):
            raise gone
        with default_storage.open(facts["name"]) as file:
            content = file.read()
    except (signing.BadSignature, FileNotFoundError) as error:
        raise gone from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise gone
    return content


def discard(token: str) -> None:
    """Forget a staged workbook once its import is saved: sending the page twice finds nothing."""
    default_storage.delete(signing.loads(token, salt="common.sheet_pages")["name"])


def sweep_staged() -> int:
    """Delete staged workbooks that nobody confirmed in time; how many."""
    if not default_storage.exists(FOLDER):
        return 0
    _folders, names = default_storage.listdir(FOLDER)
    swept = 0
    for name in names:
        path = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(path) < timezone.now() - KEPT:
            default_storage.delete(path)
            swept += 1
    return swept
