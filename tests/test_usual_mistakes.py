"""Usual mistakes of a web application, looked for in the product's code: rules of this project's
own, besides what bandit knows. Each rule is shown to see the mistake that it is for."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_project import ROOT, tracked

ELSEWHERE = {"tests", "benchmarks", "migrations", "node_modules"}
REQUEST_DATA = {"GET", "POST", "META", "headers", "COOKIES"}
SQL_CALLS = {"execute", "executemany", "raw", "RawSQL"}
# A reason beside the line: what makes it safe.
REASON = re.compile(r"# (noqa: S308 - |nosec B\d+|SECURITY: )\S*")
TEMPLATE_MISTAKES = re.compile(r"\|\s*safe(seq)?\b|{%\s*autoescape off|{%\s*debug\s*%}")

# (file, mistake, what is called upon) → why it is none.
KNOWN = {
    ("accounts/audit_views.py", "row without scope", "AuditArchive"): "all events, for auditors",
    ("accounts/guards.py", "SQL put together", ""): "names of our own triggers",
    ("campaign/views/notice.py", "row without scope", "NoticeFile"): "the notice is for every unit",
    ("campaign/views/submissions.py", "row without scope", "PaperFile"): "of a paper in scope",
    ("common/downloads.py", "file by another way", ""): "this is the one way",
    ("deliveries/views.py", "row without scope", "Delivery"): "the province alone reads the ledger",
    ("evaluations/views/public_opinions.py", "row without scope", "Organisation"): "the province",
    ("evaluations/views/register.py", "row without scope", "SavedFilter"): "one's own",
    ("evaluations/views/replies.py", "row without scope", "AcceptanceCheck"): "enrolment in scope",
    ("evaluations/views/spot_checks.py", "row without scope", "SpotDraw"): "its readers see all",
    ("evaluations/views/spot_checks.py", "row without scope", "Organisation"): "the province's act",
    ("evaluations/views/standards.py", "row without scope", "Criterion"): "as with its area",
    ("evaluations/views/standards.py", "row without scope", "Area"): "its standard is asked next",
    ("reports/views/mail.py", "row without scope", "MailSchedule"): "the province's office alone",
    ("scoring/views/daily.py", "row without scope", "DailyList"): "the province's act",
    ("surveys/guards.py", "SQL put together", ""): "names of our own triggers",
    ("surveys/services/mixing.py", "SQL put together", ""): "names of our own tables",
    ("surveys/views/questionnaires.py", "row without scope", "Questionnaire"): "the office's act",
}
# One row for everybody.
SHARED = {"Campaign"}


def name_of(node) -> str:
    """The last name of what is called: `execute` of `cursor.execute`."""
    return getattr(node, "attr", getattr(node, "id", ""))


def put_together(node) -> bool:
    """Whether a text is made of parts at run time."""
    formats = isinstance(node, ast.Call) and name_of(node.func) == "format"
    joins = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add)
    return isinstance(node, ast.JoinedStr) or formats or joins


def leads_astray(address) -> bool:
    """Whether the request says where to go; what follows an address of our own does no harm."""
    start = address.values[0] if isinstance(address, ast.JoinedStr) else address
    return any(
        isinstance(part, ast.Attribute)
        and part.attr in REQUEST_DATA
        and name_of(part.value) == "request"
        for part in ast.walk(start)
    )


def unscoped(node, call) -> str:
    """The model of which one row is fetched from all, not from those of a person's area; or ""."""
    if call == "get_object_or_404":
        source = node.args[0]
    elif call == "get" and isinstance(node.func, ast.Attribute):
        source = node.func.value
        if name_of(source) != "objects":
            return ""
    else:
        return ""
    # What only narrows the columns does not narrow the rows.
    while isinstance(source, ast.Call) and name_of(source.func) in {"select_related", "all"}:
        source = source.func.value
    if isinstance(source, ast.Attribute) and source.attr in {"objects", "_base_manager"}:
        source = source.value
    model = name_of(source) if isinstance(source, ast.Name | ast.Attribute) else ""
    return model if model[:1].isupper() and model not in SHARED else ""


def mistakes_of_call(node, *, view) -> list[tuple[str, str]]:
    call, found = name_of(node.func), []
    first = node.args[0] if node.args else None
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if call in {"mark_safe", "SafeString"} and not isinstance(first, ast.Constant):
        found.append(("text called safe", ""))
    if call in SQL_CALLS and first is not None and put_together(first):
        found.append(("SQL put together", ""))
    if call == "extra" and keywords.keys() & {"where", "select", "tables"}:
        found.append(("SQL put together", ""))
    if getattr(keywords.get("shell"), "value", False) is True or call in {"system", "popen"}:
        found.append(("shell", ""))
    if call in {"redirect", "HttpResponseRedirect"} and first is not None and leads_astray(first):
        found.append(("redirect to what the request says", ""))
    if call in {"FileResponse", "StreamingHttpResponse"}:
        found.append(("file by another way", ""))
    if view and (model := unscoped(node, call)):
        found.append(("row without scope", model))
    return found


def mistakes_of(source: str, *, view: bool) -> list[tuple[str, str]]:
    """(mistake, what is called upon) of each for which no reason stands beside it."""
    lines, found = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            names = mistakes_of_call(node, view=view)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            exempt = {name_of(getattr(mark, "func", mark)) for mark in node.decorator_list}
            names = [("no CSRF check", node.name)] if "csrf_exempt" in exempt else []
        else:
            continue
        start = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
        end = node.end_lineno if isinstance(node, ast.Call) else node.lineno
        if not REASON.search("\n".join(lines[max(start - 2, 0) : end])):
            found += names
    return found


def is_view(path) -> bool:
    return "views" in path.parts or path.stem.endswith("views")


def test_no_usual_mistake_stands_in_the_code():
    found = set()
    for path in tracked("*.py"):
        place = path.relative_to(ROOT)
        if not ELSEWHERE & set(place.parts):
            text = path.read_text(encoding="utf-8")
            found |= {(str(place), *mistake) for mistake in mistakes_of(text, view=is_view(place))}
    # Equal, so that a reason does not outlive what it excused.
    assert found == set(KNOWN)


def test_no_template_lets_text_through_unescaped():
    found = [
        str(path.relative_to(ROOT))
        for path in tracked("templates/**.html")
        if TEMPLATE_MISTAKES.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("mistake", "planted", "sound"),
    [
        ("text called safe", "mark_safe(x)", "mark_safe(x)  # noqa: S308 - escaped above"),
        ("text called safe", "mark_safe(f'<b>{x}')", "format_html('<b>{}', x)"),
        ("SQL put together", "c.execute(f'SELECT {x}')", "c.execute('SELECT %s', [x])"),
        ("SQL put together", "Row.objects.raw('SELECT ' + x)", "Row.objects.raw('SELECT 1')"),
        ("SQL put together", "c.execute('%s' % x)", "c.execute('x', x)"),
        ("SQL put together", "rows.extra(where=[x])", "rows.filter(x=x)"),
        ("shell", "subprocess.run(x, shell=True)", "subprocess.run([x])"),
        ("shell", "os.system(x)", "subprocess.run([x], shell=False)"),
        ("no CSRF check", "@csrf_exempt\ndef f(): ...", "@csrf_protect\ndef f(): ..."),
        (
            "redirect to what the request says",
            "redirect(request.GET['next'])",
            "redirect(f'{reverse(x)}?{request.GET}')",
        ),
        ("file by another way", "FileResponse(x)", "hand_out(x)"),
        ("row without scope", "get_object_or_404(Task, pk=1)", "row_of(request, Task.objects, 1)"),
        ("row without scope", "Task.objects.get(pk=1)", "Task.objects.visible_to(u).get(pk=1)"),
        (
            "row without scope",
            "get_object_or_404(Task.objects.select_related('x'), pk=1)",
            "get_object_or_404(Task.objects.visible_to(u), pk=1)",
        ),
    ],
)
def test_planted_mistakes_are_seen(mistake, planted, sound):
    """The negative control, and its twin."""
    assert [name for name, _on in mistakes_of(planted, view=True)] == [mistake]
    assert mistakes_of(sound, view=True) == []


@pytest.mark.parametrize("planted", ["{{ x|safe }}", "{{ x | safeseq }}", "{% autoescape off %}"])
def test_planted_mistakes_of_templates_are_seen(planted):
    assert TEMPLATE_MISTAKES.search(planted)
    assert not TEMPLATE_MISTAKES.search("{{ x|escape }} {{ safe }} {% autoescape on %}")


def test_planted_secrets_are_seen(tmp_path):
    """The negative control of the look for keys and passwords in `make check`."""
    planted, sound = tmp_path / "planted.py", tmp_path / "sound.py"
    # Put together here, or this file would hold one itself.
    planted.write_text(
        f'KEY = "{"AKIA" + "IOSFODNN7EXAMPLQ"}"\n{"pass" + "word"} = "Tr0ub4dor-3x"\n'
    )
    sound.write_text('password = os.environ["PASSWORD"]\n')
    outcomes = [
        subprocess.run(
            ["sh", "scripts/check_secrets.sh", str(path)],
            cwd=ROOT,
            env=os.environ | {"BIN": str(Path(sys.executable).parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        for path in (planted, sound)
    ]
    assert [outcome.returncode for outcome in outcomes] == [1, 0], outcomes
    assert "AWS Access Key" in outcomes[0].stdout
    assert "Secret Keyword" in outcomes[0].stdout
