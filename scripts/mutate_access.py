"""Do the tests of access notice a missing rule? Takes one away at a time and asks again.

    python scripts/mutate_access.py [--only TEXT] [--all]

The mutants: every refusal of a policy that never happens, every rule of the second person left out,
every `visible_to` that shows everything, the scope itself opened, and roles with a right more. A
mutant is put in place in the running process: the function gets the changed code. Then those
questions of the access matrix, of the lists, of the leaders, of the other area and of the second
person are asked again that ran through it. Ends 1 when fewer than 95% are noticed.

`--all` takes every single check and scope away as well, one call at a time. Many of these are made
twice, in a view and in the service behind it, or stand before a narrower one; without the first the
second gives the same answer. So that list is for reading, and has no threshold.
Takes some minutes of one core: run it by hand after work on access, not with every push.
"""

import argparse
import ast
import gc
import logging
import os
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
django.setup()

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

APPS = ("accounts", "deliveries", "stations", "campaign", "evaluations", "surveys", "scoring")
APPS += ("reports", "portal")
LEAST_SHARE = 95
# Checks of the moment (phase, state, list), which are no matter of access.
MOMENTS = {"check_list_open", "check_campaign_runs", "check_campaign_hears", "check_reviewable"}
MOMENTS |= {"check_moment_to_reopen"}
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


# --- mutants --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """`change` of what stands at a line; `code`: what the function becomes; `check`: the one
    dropped."""

    path: str
    line: int
    function: str
    change: str
    text: str
    code: object
    check: str = ""
    calls: frozenset = frozenset()

    @property
    def key(self):
        """Tells it from others whatever stands above it in the file."""
        return self.path, self.function, self.change, self.text

    @property
    def is_a_rule(self) -> bool:
        """A rule itself, not one of the places that ask it."""
        return self.change in ("never", "everything") or self.check == "check_second_person"

    def is_checked_again(self, made) -> bool:
        """A service that the view calls makes the same check (`made`: by service)."""
        return "views" in self.path and any(self.check in made.get(one, ()) for one in self.calls)

    def __str__(self):
        return f"{self.path}:{self.line} {self.function}: {self.change}: {self.text}"

    @contextmanager
    def in_place(self, living):
        function = living[self.path, self.function]
        before, function.__code__ = function.__code__, self.code
        try:
            yield
        finally:
            function.__code__ = before


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


def called(node) -> str:
    """The last name of what a call calls, "" for anything else."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def changes(node, checks):
    """(name of the change, what does it to the node) where there is one to make."""
    if isinstance(node, ast.Expr) and called(node.value) in checks:
        yield "dropped", lambda node: setattr(node, "value", ast.Constant(None))
    if isinstance(node, ast.If) and called(getattr(node.body[-1], "exc", None)) == "Denied":
        yield "never", lambda node: setattr(node, "test", ast.Constant(False))
    if called(node) == "visible_to":
        yield "opened", _opened
    if isinstance(node, ast.FunctionDef) and node.name == "visible_to":
        # A function that calls super() holds its class; so must the one that takes its place.
        owns = any(called(inner) == "super" for inner in ast.walk(node))
        body = "return super() and self.all()" if owns else "return self.all()"
        yield "everything", lambda node: setattr(node, "body", ast.parse(body).body)
    if isinstance(node, ast.FunctionDef) and node.name == "scope_of":
        yield "everything", lambda node: setattr(node, "body", ast.parse("return Q()").body)


def _opened(node):
    node.func.attr, node.args = "all", []


def functions_of(tree):
    """(qualified name, node) of the functions of a module and of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def codes_of(code):
    """Every code object inside one, by its qualified name."""
    for inner in code.co_consts:
        if hasattr(inner, "co_qualname"):
            yield inner.co_qualname, inner
            yield from codes_of(inner)


def mutants_of(path: Path, checks):
    source, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
    for function, root in functions_of(ast.parse(source)):
        for number, node in enumerate(ast.walk(root)):
            for change, _make in changes(node, checks):
                tree = ast.parse(source)
                place = list(ast.walk(dict(functions_of(tree))[function]))[number]
                next(make for title, make in changes(place, checks) if title == change)(place)
                code = compile(ast.fix_missing_locations(tree), str(path), "exec")
                yield Mutant(
                    name,
                    node.lineno,
                    function,
                    change,
                    ast.get_source_segment(source, node).split("\n")[0],
                    dict(codes_of(code))[function],
                    called(node.value) if change == "dropped" else "",
                    frozenset(called(inner) for inner in ast.walk(root)) - {""},
                )


def found() -> tuple[list[Mutant], dict[str, set[str]]]:
    """All mutants of the source, and the checks that each service makes itself."""
    files = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    files = [path for path in files if "migrations" not in path.parts]
    policies = [path for path in files if path.stem.endswith("policies")]
    checks = {
        function
        for path in policies
        for function, _node in functions_of(ast.parse(path.read_text(encoding="utf-8")))
        if function.lstrip("_").startswith("check_")
    } - MOMENTS
    services = [path for path in files if "services" in path.parts or path.stem == "services"]
    made = {
        function: {called(inner) for inner in ast.walk(node)} & checks
        for path in services
        for function, node in functions_of(ast.parse(path.read_text(encoding="utf-8")))
    }
    gates = [path for path in files if "views" in str(path) or "models" in path.parts]
    gates += [path for path in files if path.stem == "models"]
    gates = {*policies, *gates} - {*services}
    return [mutant for path in gates for mutant in mutants_of(path, checks)], made


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
            world = matrix_world() if wider else None
            through = first_answers(questions_of(world) if wider else questions_of(), wanted)
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
