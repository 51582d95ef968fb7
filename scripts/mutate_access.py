"""Does the access matrix notice a missing check? Takes one away at a time and runs it.

    python scripts/mutate_access.py [--jobs 2] [--only TEXT]

Mutants: in every view, a check that is dropped or a scope that is opened, one at a time; and the
hand-made ones below, which widen the roles, the scope and the gates themselves. Those that cannot
be seen from outside are named with the reason and not counted. Ends 1 when fewer than 95% are
noticed. Takes some ten seconds a mutant: run by hand after work on access, not with every push.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/test_access_matrix.py", "tests/test_access_elsewhere.py")
APPS = ["accounts", "deliveries", "stations", "campaign", "evaluations", "surveys", "scoring"]
APPS += ["reports", "portal"]
LEAST_SHARE = 95


@dataclass(frozen=True)
class Mutant:
    """`old` (its `number`-th occurrence in `path`) becomes `new`."""

    path: str
    old: str
    new: str
    number: int = 0

    @property
    def app(self):
        return self.path.split("/")[0]

    def __str__(self):
        return f"{self.path}: {self.old.strip()} [{self.number}] → {self.new.strip()}"


_SCOPE = '    return Q(**{f"{path}__startswith": user.organisation.path})'
HAND_MADE = (
    Mutant("accounts/models/people.py", _SCOPE, "    return Q()"),
    Mutant("accounts/models/people.py", "self.filter(scope_of(user))", "self"),
    Mutant(
        "accounts/models/people.py",
        "if not user.is_authenticated or not user.may(Permission.ACCOUNT_MANAGE):",
        "if not user.is_authenticated:",
    ),
    Mutant(
        "accounts/models/people.py",
        "if not user.is_authenticated or not any(",
        "if not user.is_authenticated or any(",
    ),
    Mutant("accounts/policies.py", "    if not user.may(permission):", "    if False:"),
    Mutant("accounts/policies.py", "    if person.pk == user.pk:", "    if False:"),
    Mutant(
        "accounts/roles.py",
        "Role.AUDITOR: frozenset({_P.AUDIT_READ})",
        "Role.AUDITOR: frozenset({_P.AUDIT_READ, _P.READ})",
    ),
    Mutant(
        "accounts/roles.py",
        "Role.SYSTEM_ADMIN: frozenset({_P.ACCOUNT_MANAGE})",
        "Role.SYSTEM_ADMIN: frozenset({_P.ACCOUNT_MANAGE, _P.READ})",
    ),
    Mutant(
        "accounts/roles.py",
        "Role.ASSESSOR: frozenset({_P.DAILY_ASSESS, ",
        "Role.ASSESSOR: frozenset({_P.RANKING_READ, _P.DAILY_ASSESS, ",
    ),
)
# A second check behind the first gives the same answer: (path, text of the line) → which one.
COVERED: dict[tuple[str, str], str] = {}

CHECK = re.compile(r"^ +check_\w+\([^()]*(?:\([^()]*\)[^()]*)*\)$", re.MULTILINE)
VISIBLE = re.compile(r"\.visible_to\((?:request\.)?user\)")


def found():
    """A mutant for each check and each scope of every view."""
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*view*/*.py")) + sorted(
            (ROOT / app).glob("*views.py")
        ):
            text, path = file.read_text(encoding="utf-8"), str(file.relative_to(ROOT))
            for rule, new in ((CHECK, None), (VISIBLE, ".all()")):
                seen = {}
                for match in rule.finditer(text):
                    old = match[0]
                    number = seen[old] = seen.get(old, -1) + 1
                    indent = old[: len(old) - len(old.lstrip())]
                    yield Mutant(path, old, new or f"{indent}pass", number)


def mutated(text: str, mutant: Mutant) -> str:
    parts = text.split(mutant.old)
    if len(parts) < mutant.number + 2:
        raise SystemExit(f"not found: {mutant}")
    place = mutant.number + 1
    return mutant.old.join(parts[:place]) + mutant.new + mutant.old.join(parts[place:])


def copy_to(place: Path) -> Path:
    """The repository without its history, with links to what is installed."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\n")
    names += [str(path.relative_to(ROOT)) for path in (ROOT / "locale").rglob("*.mo")]
    for name in filter(None, [*names, ".env"]):
        source, target = ROOT / name, place / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name in (".venv", "node_modules"):
        if not (place / name).exists():
            (place / name).symlink_to((ROOT / name).resolve())
    return place


def is_noticed(place: Path, mutant: Mutant) -> bool:
    file = place / mutant.path
    original = file.read_text(encoding="utf-8")
    file.write_text(mutated(original, mutant), encoding="utf-8")
    try:
        words = [] if mutant in HAND_MADE else ["-k", mutant.app]
        command = [sys.executable, "-m", "pytest", "--nomigrations", "-x", "-q", *TESTS, *words]
        return subprocess.run(command, cwd=place, capture_output=True, check=False).returncode == 1
    finally:
        file.write_text(original, encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--count", type=int, help="only so many of the views' mutants")
    options.add_argument("--only", default="", help="mutants whose line holds this text")
    asked = options.parse_args()
    of_views = list(found())
    if asked.count:
        of_views = random.Random(2014).sample(of_views, asked.count)
    mutants = [
        mutant
        for mutant in (*HAND_MADE, *of_views)
        if asked.only in str(mutant) and (mutant.path, mutant.old.strip()) not in COVERED
    ]
    places, survived = Queue(), []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(asked.jobs):
            places.put(copy_to(Path(scratch) / str(number)))

        def run(mutant):
            place = places.get()
            try:
                return mutant, is_noticed(place, mutant)
            finally:
                places.put(place)

        with ThreadPoolExecutor(asked.jobs) as pool:
            for mutant, noticed in pool.map(run, mutants):
                if not noticed:
                    survived.append(mutant)
                    print(f"survived: {mutant}", flush=True)
    noticed = len(mutants) - len(survived)
    share = 100 * noticed / len(mutants)
    print(f"{noticed} of {len(mutants)} mutants noticed ({share:.1f}%), {len(COVERED)} not counted")
    sys.exit(share < LEAST_SHARE)


if __name__ == "__main__":
    main()
