"""Do the tests of access notice a missing rule? Takes one away at a time and asks again.

    python scripts/mutate_access.py [--only TEXT] [--all]

The mutants: every refusal of a policy that never happens, every rule of the second person left out,
every `visible_to` that shows everything, the scope itself opened, and roles with a right more. A
mutant is put in place in the running process: the function gets the changed code. Then those
questions of the access matrix, of the lists, of the leaders, of the other area and of the second
person are asked again that ran through it. What none of them notices is written into a copy of the
source, and put to the tests of its app. Ends 1 when fewer than 95% are noticed.

`--all` takes every single check and scope away as well, one call at a time. Many of these are made
twice, in a view and in the service behind it, or stand before a narrower one; without the first the
second gives the same answer. So that list is for reading, and has no threshold.
Takes some minutes of one core: run it by hand after work on access, not with every push.
"""

import argparse
import gc
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
django.setup()

from access_mutants import APPS, TESTS_OF, Mutant, found
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import setup_test_environment
from django.urls import get_resolver, reverse

from accounts import guards as audit_guards
from accounts.roles import ROLE_PERMISSIONS, Permission, Role
from surveys import guards as ballot_guards
from tests import test_access_elsewhere as elsewhere
from tests import test_access_leaders as leaders
from tests import test_access_lists as lists
from tests.access_matrix import COLUMNS
from tests.factories import person, small_province
from tests.matrix_world import TARGETS, matrix_world
from tests.second_steps import CASES
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_second_person import test_another_person_needs_the_right_too as colleague
from tests.test_second_person import (
    test_the_first_person_is_refused_however_often_and_another_succeeds as second_person,
)
from tests.visitors import Visitors

LEAST_SHARE = 95
# A right more than the role has, where no policy keeps that right to certain units anyway.
WIDER = (
    (Role.AUDITOR, Permission.READ, "audi"),
    (Role.AUDITOR, Permission.ACCOUNT_MANAGE, "audi"),
    (Role.SYSTEM_ADMIN, Permission.READ, "syst"),
    (Role.SYSTEM_ADMIN, Permission.AUDIT_READ, "syst"),
    (Role.ASSESSOR, Permission.RANKING_READ, "apre"),
    (Role.COUNTY_OFFICER, Permission.CAMPAIGN_EDIT, "cnty"),
    (Role.COUNTY_OFFICER, Permission.MAIL_READ, "cnty"),
    (Role.PREFECTURE_OFFICER, Permission.AUDIT_READ, "pref"),
    (Role.PROVINCE_OFFICER, Permission.RESULTS_PUBLISH, "poff"),
    (Role.PROVINCE_OFFICER, Permission.VETO_DECIDE, "poff"),
    (Role.LEADER, Permission.CAMPAIGN_EDIT, "lead"),
)


# --- a role with a right more ---


@dataclass(frozen=True)
class Wider:
    """A role with a right more; `column` is who has it."""

    role: str
    permission: str
    column: str

    def __str__(self):
        return f"{self.role} may {self.permission}"

    @contextmanager
    def in_place(self, _living):
        before = ROLE_PERMISSIONS[self.role]
        ROLE_PERMISSIONS[self.role] = before | {self.permission}
        try:
            yield
        finally:
            ROLE_PERMISSIONS[self.role] = before


def living_functions():
    """((path, qualified name), function) of every function of the portal here."""
    for function in gc.get_objects():
        if isinstance(function, FunctionType):
            path = Path(function.__code__.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in APPS:
                yield (str(path.relative_to(ROOT)), function.__qualname__), function


# --- questions ------------------------------------------------------------------------------------


class Undone(Exception):
    """Ends what one question did."""


def undone(question):
    """Whether the question got the right answer; the database is as before."""
    try:
        with transaction.atomic():
            question()
            raise Undone
    except Undone:
        return True
    except Exception:  # noqa: BLE001 - whatever goes wrong, it was noticed
        return False


def matrix_line(world, line, columns=COLUMNS):
    def ask():
        args, data = TARGETS[line.target](world)
        address = reverse(line.url_name, args=args)
        for column in columns:
            status = world.visitors.ask(column, line.method, address, data).status_code
            assert status == line.expected[column]

    return ask


def of_one_world(world):
    """(words, question) of the matrix, of the lists, of the second person."""
    world.visitors = Visitors(world)
    for case in CASES:
        yield f"second person: {case.__name__}", partial(second_person, case, world)
        yield f"colleague: {case.__name__}", partial(colleague, case, world)
    for line in lists.LISTS:
        named = lists.test_a_list_names_no_unit_of_another_area
        yield f"list: {line.url_name}", partial(named, line, world)
    for name in lists.ASKED_FOR:
        yield f"query: {name}", partial(lists.test_a_query_opens_no_other_area, name, world)
    for write in lists.WRITTEN:
        written = lists.test_what_is_written_is_read_by_those_it_is_for
        yield f"written: {write.__name__}", partial(written, write, world)
    yield "runs", partial(lists.test_the_page_of_a_run_names_no_run_that_is_not_shown, world)
    for place in leaders.LEADERS:
        unit = getattr(world, place)
        unit = getattr(unit, "organisation", unit)
        world.visitors.admit(place, person(f"leader-{place}", unit, Role.LEADER))
    for line in leaders.DOING:
        does = leaders.test_a_leader_does_nothing_of_the_officers_work
        yield f"leaders: {line.url_name}", partial(does, line, world)
    for line in LINES:
        yield f"{line.method} {line.url_name} {line.target}", matrix_line(world, line)


def of_the_other_area():
    people = small_province()
    moved = Visitors(people), matrix_world(elsewhere.beside(people))
    for line in elsewhere.PLACED:
        there = elsewhere.test_an_object_in_another_area_is_not_there
        yield f"elsewhere: {line.url_name}", partial(there, line, moved)


def first_answers(questions, wanted):
    """Function → the questions that run through it, those with the fewest functions first."""
    through, wrong = defaultdict(list), []
    for words, question in questions:
        ran = set()

        def note(frame, event, _argument, ran=ran):
            if event == "call" and frame.f_code in wanted:
                ran.add(wanted[frame.f_code])

        sys.setprofile(note)
        right = undone(question)
        sys.setprofile(None)
        if not right:
            wrong.append(words)
        for place in ran:
            through[place].append((len(ran), words, question))
    if wrong:
        raise SystemExit(f"wrong before any change: {wrong}")
    return {place: sorted(asked, key=lambda one: one[:2]) for place, asked in through.items()}


def noticed_by_tests(survivors):
    """Those of the survivors that the tests of their app notice."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        listed = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split(
            "\n"
        )
        names += [str(path.relative_to(ROOT)) for path in (ROOT / "locale").rglob("*.mo")]
        for name in filter(lambda name: (ROOT / name).is_file(), [*filter(None, names), ".env"]):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        for name in (".venv", "node_modules"):
            (copy / name).symlink_to((ROOT / name).resolve())

        def refusal(names) -> int:
            tests = [f"tests/{name}" for name in names]
            command = [sys.executable, "-m", "pytest", "--nomigrations", "-x", "-q", *tests]
            return subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode

        asked = {
            mutant: ("test_access_rules.py", *TESTS_OF.get(mutant.path, ())) for mutant in survivors
        }
        for names in set(asked.values()):
            if refusal(names):
                raise SystemExit(f"wrong before any change: {', '.join(names)}")
        for mutant, names in asked.items():
            (copy / mutant.path).write_text(mutant.source, encoding="utf-8")
            if refusal(names) == 1:
                yield mutant
            shutil.copyfile(ROOT / mutant.path, copy / mutant.path)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--all", action="store_true", help="every single check and scope too")
    options.add_argument("--only", default="", help="mutants whose line holds this text")
    asked, begun = options.parse_args(), time.monotonic()
    mutants, made = found()
    mutants = sorted((one for one in mutants if asked.only in str(one)), key=lambda one: one.key)
    if not asked.all:
        mutants = [one for one in mutants if one.is_a_rule]
    get_resolver().url_patterns  # noqa: B018 - imports every view
    living = dict(living_functions())
    wanted = {
        living[one.path, one.function].__code__: (one.path, one.function)
        for one in mutants
        if (one.path, one.function) in living
    }
    noticed, unasked = set(), {one for one in mutants if (one.path, one.function) not in living}

    def ask(questions_of, wider=()):
        with transaction.atomic():
            world = matrix_world() if questions_of is of_one_world else None
            through = first_answers(questions_of(world) if world else questions_of(), wanted)
            print(f"{time.monotonic() - begun:.0f} s: everything asked once", flush=True)
            for mutant in mutants:
                with mutant.in_place(living) if mutant not in unasked else transaction.atomic():
                    for _number, _words, question in through.get(
                        (mutant.path, mutant.function), ()
                    ):
                        if mutant not in noticed and not undone(question):
                            noticed.add(mutant)
            for mutant in wider:
                questions = [matrix_line(world, line, [mutant.column]) for line in LINES]
                questions += [partial(colleague, case, world) for case in CASES]
                with mutant.in_place(living):
                    if not all(undone(question) for question in questions):
                        noticed.add(mutant)
            print(f"{time.monotonic() - begun:.0f} s: {len(noticed)} noticed", flush=True)
            transaction.set_rollback(True)

    wider = [Wider(*one) for one in WIDER if asked.only in str(Wider(*one))]
    with override_settings(**DEMONSTRATION):
        ask(of_one_world, wider)
        ask(of_the_other_area)

    everyone = [*mutants, *wider]
    if not asked.all:
        noticed |= set(noticed_by_tests([one for one in mutants if one not in noticed]))
    survived = [one for one in everyone if one not in noticed]
    twice = [one for one in survived if isinstance(one, Mutant) and one.is_checked_again(made)]
    missed = [one for one in survived if one not in twice]
    for one in twice:
        print(f"checked again behind it: {one}")
    for one in missed:
        print(f"survived: {one}")
    counted = len(everyone) - len(twice)
    share = 100 * (counted - len(missed)) / counted
    print(
        f"{counted - len(missed)} of {counted} mutants noticed ({share:.1f}%), {len(twice)} checked"
        f" twice and not counted, {time.monotonic() - begun:.0f} s"
    )
    sys.exit(not asked.all and share < LEAST_SHARE)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # thousands of refusals are asked for
    setup_test_environment()
    connection.settings_dict["TEST"]["MIGRATE"] = False
    connection.creation.create_test_db(verbosity=0)
    audit_guards.install(connection)
    ballot_guards.install(connection)
    main()
