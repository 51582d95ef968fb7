"""What the pages for people name is there: files, commands, settings, names of the code.

Decisions (docs/adr) tell of their own day and are left alone.
"""

import importlib
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, get_resolver

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += [ROOT / "data" / "README.md"]
# Made by setup or at run time, or the reader's own.
MADE = ("var/", "fonts/", ".venv", ".env", "DIR", "FOLDER", "/srv/", "portal.log")


def tracked() -> list[str]:
    """The files of the project, by their paths from its root."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def words_of_code() -> set[str]:
    """Every identifier, and every file's name, that stands in the code or in the wiring."""
    ends = (".py", ".html", ".css", ".js", ".csv", ".toml", ".sh", "Makefile", ".env.example")
    words = set()
    for name in tracked():
        if name.endswith(ends) and name != "tests/test_docs.py":
            text = (ROOT / name).read_text(encoding="utf-8")
            words |= {*re.findall(r"\w+", text), *re.findall(r"[\w-]+\.\w+", text)}
    return words


def missing_in(page: Path, text: str, files: list[str], words: set[str]) -> list[str]:
    """What `text` of `page` names and nobody finds."""
    plain = re.sub(r"\\[|_*]", lambda found: found[0][1], text)
    return [
        *_missing_links(page, plain),
        *_missing_commands(plain),
        *_missing_code(plain, files, words),
    ]


def _missing_links(page, text):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not (page.parent / target).exists():
            yield f"link {target}"


def _missing_commands(text):
    for command in re.findall(r"manage\.py ([a-z_]+)", text):
        if command not in get_commands():
            yield f"manage.py {command}"
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`|PORT=\d+ )make ([a-z-]+)", text, re.MULTILINE):
        if not re.search(rf"^{target}:", made, re.MULTILINE):
            yield f"make {target}"
    for script in re.findall(r"(?:python3?|pytest(?: --\S+)*) ([\w/]+\.py)", text):
        if script != "manage.py" and not (ROOT / script).exists():
            yield f"script {script}"


def _missing_code(text, files, words):
    names = {Path(name).name for name in files}
    for quoted in re.findall(r"`([^`\n]+)`", text):
        if quoted.startswith(MADE) or not re.fullmatch(r"[\w./:-]+", quoted):
            continue
        if re.search(r"\.(py|md|html|css|js|csv|txt|toml|sh|lock)$", quoted):
            if quoted not in files and quoted not in names and quoted not in words:
                yield f"file {quoted}"
        elif "/" in quoted:
            # Fractions of the export (n/d, 50/1) are no paths.
            if len(quoted) > 4 and not (ROOT / quoted).exists() and not _is_address(quoted):
                yield f"path {quoted}"
        elif re.fullmatch(r"[a-z]+(\.\w+)+", quoted) and quoted.split(".")[0] in APPS:
            if not _is_there(quoted):
                yield f"name {quoted}"
        # A leading _ stands for the end of a name that was given in full just before.
        elif re.fullmatch(r"[^\W_]\w*(_|[a-z][A-Z])\w*", quoted) and quoted not in words:
            yield f"word {quoted}"


APPS = {Path(name).parts[0] for name in tracked() if name.endswith("/__init__.py")}


def _is_address(path) -> bool:
    try:
        get_resolver().resolve(path if path.startswith("/") else f"/{path}")
    except Resolver404:
        return False
    return True


def _is_there(dotted) -> bool:
    """True for a module, or for a name in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.fixture(scope="module")
def project():
    return tracked(), words_of_code()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page, project):
    assert missing_in(page, page.read_text(encoding="utf-8"), *project) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[x](docs/nowhere.md)", "link docs/nowhere.md"),
        ("`manage.py sing --now`", "manage.py sing"),
        ("run `make coffee`", "make coffee"),
        ("python benchmarks/none.py", "script benchmarks/none.py"),
        ("`scoring/gone.py`", "file scoring/gone.py"),
        ("`reports/nowhere/`", "path reports/nowhere/"),
        ("`reports.papers.PAPERZ`", "name reports.papers.PAPERZ"),
        ("`REPORT_FONT_DIRECTORY_X`", "word REPORT_FONT_DIRECTORY_X"),
        ("`ObligationRulez`", "word ObligationRulez"),
    ],
)
def test_the_control_what_is_not_there_is_found(text, fault, project):
    assert missing_in(ROOT / "README.md", text, *project) == [fault]
