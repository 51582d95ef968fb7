"""The mutants of scripts/mutate_access.py: the rules of access, each taken away once."""

import ast
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "deliveries", "stations", "campaign", "evaluations", "surveys", "scoring")
APPS += ("reports", "portal")
# Checks of the moment (phase, state, list), which are no matter of access.
MOMENTS = {"check_list_open", "check_campaign_runs", "check_campaign_hears", "check_reviewable"}
MOMENTS |= {"check_moment_to_reopen"}
# Who else is asked about the rules of a file, when no question has noticed.
TESTS_OF = {
    "accounts/models/people.py": ["accounts/test_people.py"],
    "accounts/models/trail.py": ["accounts/test_audit_pages.py"],
    "accounts/policies.py": ["accounts/test_people.py"],
    "campaign/policies.py": ["campaign/test_campaign_pages.py"],
    "evaluations/meeting_policies.py": ["evaluations/test_meetings.py"],
    "evaluations/opinion_policies.py": ["evaluations/test_opinions.py"],
}


@dataclass(frozen=True)
class Mutant:
    """`change` of what stands at a line. `code`, `source`: what the function and its file become;
    `check`: the one dropped."""

    path: str
    line: int
    function: str
    change: str
    text: str
    code: object
    source: str
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
                    ast.unparse(tree),
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
