"""The access matrix: every address × every role → the status that is expected.

The table is `access_matrix.txt`, one line an address and method; the columns are people placed
around one station's work (own, above, below, beside, foreign). `docs/permissions.md` is rendered
from it (`python -m tests.access_matrix`).
"""

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("access_matrix.txt")
DOCUMENT = Path(__file__).parent.parent / "docs" / "permissions.md"

# Column code → attribute of tests.factories.small_province(), and how the page names it. The
# object of a line belongs to brigade 410122-1 (county 410122, prefecture 410100).
ACTORS = {
    "anon": (None, "the public"),
    "padm": ("province_admin", "provincial administrator"),
    "poff": ("province_officer", "provincial officer"),
    "pref": ("prefecture_officer", "its prefecture's officer"),
    "pre2": ("other_prefecture_officer", "another prefecture's officer"),
    "cnty": ("county_officer", "its county's officer"),
    "cty2": ("sibling_county_officer", "another county's officer"),
    "dcty": ("direct_county_officer", "a directly administered county's officer"),
    "stat": ("station_officer", "its own officer"),
    "sta2": ("township_officer", "another station's officer"),
    "aprv": ("province_assessor", "province's assessor"),
    "apre": ("prefecture_assessor", "its prefecture's assessor"),
    "acty": ("county_assessor", "its county's assessor"),
    "lead": ("leader", "provincial leader"),
    "audi": ("auditor", "auditor"),
    "syst": ("system_admin", "system administrator"),
}
COLUMNS = tuple(ACTORS)


@dataclass(frozen=True)
class Line:
    """One address and method: `target` names the object (see `TARGETS` in the test)."""

    url_name: str
    target: str
    method: str
    expected: dict[str, int]


def read_table() -> list[Line]:
    """The lines of the table; a line with a missing column is an error."""
    lines = []
    for text in TABLE.read_text(encoding="utf-8").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        url_name, target, method, *statuses = text.split()
        if len(statuses) != len(COLUMNS):
            raise ValueError(f"{len(statuses)} statuses instead of {len(COLUMNS)}: {text}")
        expected = {column: int(status) for column, status in zip(COLUMNS, statuses, strict=True)}
        lines.append(Line(url_name, target, method, expected))
    return lines


def render() -> str:
    """The table as a page for people."""
    head = [
        "# Who may open what",
        "",
        "Rendered from `tests/access_matrix.txt`; the tests prove every cell. 200 shown, 302 done",
        "or sent to the sign-in page, 403 refused with the reason, 404 outside the area of",
        "responsibility, 409 wrong moment. Objects belong to one brigade; the columns stand",
        "around it.",
        "",
    ]
    head += [f"- `{code}`: {label}" for code, (_, label) in ACTORS.items()]
    head += ["", "| address | method | " + " | ".join(COLUMNS) + " |"]
    head += ["|---|---|" + "---|" * len(COLUMNS)]
    rows = [
        f"| `{line.url_name}` ({line.target}) | {line.method} | "
        + " | ".join(str(line.expected[column]) for column in COLUMNS)
        + " |"
        for line in read_table()
    ]
    return "\n".join(head + rows) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
