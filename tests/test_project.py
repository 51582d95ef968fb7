"""Rules about the project itself."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from scripts.run import COMMANDS

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(
    path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")
)
# Looked at again at 400 lines, and left whole: one subject each.
LONG_BUT_ONE_SUBJECT: set[str] = set()


def tracked(*patterns):
    """The files that git holds."""
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(name):
    get_template(name)


def test_no_template_carries_inline_style_or_script():
    # The content security policy would drop it; nobody would notice.
    pattern = re.compile(r"<style|style=|<script(?![^>]*\ssrc=)|\son[a-z]+=", re.IGNORECASE)
    found = [
        name
        for name in TEMPLATES
        if not name.startswith("reports/pdf/")
        and pattern.search((ROOT / "templates" / name).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_product_file_is_unfinished():
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked("*.py", "*.html", "*.js")
        if not path.is_relative_to(ROOT / "tests")
        and marks.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_long_files_have_one_subject():
    long = {
        path.relative_to(ROOT).as_posix()
        for path in tracked("*.py")
        if not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)
        and len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert long == LONG_BUT_ONE_SUBJECT


def test_texts_are_marked_by_names_that_the_collector_knows():
    """A text marked by another name is collected nowhere and stays English for ever."""
    alias = re.compile(r"\b(n?p?gettext\w*) as (\w+)")
    found = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in tracked("*.py")
        for _function, name in alias.findall(path.read_text(encoding="utf-8"))
        if name != "_"
    ]
    assert found == []


PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s\\#]+)", re.MULTILINE)


def pins(name) -> dict[str, str]:
    """Package → version, of a file of requirements, constraints or hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        re.sub(r"[._-]+", "-", package).lower(): version for package, version in PIN.findall(text)
    }


def test_every_package_is_locked_by_the_hash_of_its_files():
    """What is not in the lock, or has another content, pip refuses to install (`make setup`)."""
    running, everything = pins("requirements.lock"), pins("requirements-dev.lock")
    asked = pins("requirements.txt")
    assert asked.items() <= running.items()
    assert (asked | pins("requirements-dev.txt") | pins("constraints.txt")).items() <= (
        everything.items()
    )
    assert running.items() <= everything.items()
    assert pins("requirements-node.txt").items() <= pins("requirements-node.lock").items()
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in re.split(r"\n(?=\S)", text.strip()):
            package, *hashes = block.split(" \\\n")
            assert PIN.match(package), package
            assert hashes, package
            for line in hashes:
                assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line), block
    for name, times in (("Makefile", 2), ("scripts/install_assets.sh", 1)):
        made = (ROOT / name).read_text(encoding="utf-8")
        assert made.count("pip install") == made.count("--require-hashes") == times


@pytest.mark.parametrize("name", COMMANDS)
def test_the_services_of_an_installation_run_what_make_run_runs(name):
    """Save where the pages are to be found, and how many work."""
    unit = (ROOT / "deploy" / f"portal-{name}.service").read_text(encoding="utf-8")
    (started,) = re.findall(r"^ExecStart=/srv/portal/\.venv/bin/(.+)$", unit, re.MULTILINE)
    place = r"--(bind|workers) \S+"
    assert re.sub(place, "", started) == re.sub(place, "", COMMANDS[name])
