"""Time and memory of long workbooks, beside the bare library writing the same values.

    python benchmarks/books.py [--rows 40000]

Each in a process of its own: `write_book` from an iterator, at a tenth of the rows and at all of
them (memory must not grow with the rows), and openpyxl's write-only mode without any care for
formulas, dates and widths.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

HEADERS = [f"列{number}" for number in range(20)]
WIDTHS = (12, 24, 40, *(12,) * 17)
TEXT = "按考评标准限期整改，上报整改措施、责任人和整改前后对照材料。"
CHINA = timezone(timedelta(hours=8))


def rows(count: int):
    """A ledger's mixture: codes, names, long texts, numbers, days, moments, gaps."""
    day, moment = date(2014, 10, 1), datetime(2014, 10, 1, 9, tzinfo=CHINA)
    for number in range(count):
        yield [
            f"410122-{number}",
            f"中牟县第{number}安监站",
            f"{TEXT}{number}",
            Decimal(number % 10000) / 100,
            number,
            day + timedelta(days=number % 60),
            moment + timedelta(minutes=number),
            None,
            *(f"内容{number % 97}-{column}" for column in range(12)),
        ]


def ours(count: int, target) -> None:
    import django  # noqa: PLC0415 - the bare way must not carry it

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from common.workbook import Sheet, write_book  # noqa: PLC0415

    write_book(target, [Sheet(title="台账", headers=HEADERS, rows=rows(count), widths=WIDTHS)])


def bare(count: int, target) -> None:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(HEADERS)
    for row in rows(count):
        row[6] = row[6].replace(tzinfo=None)
        sheet.append(row)
    book.save(target)


WAYS = {"ours": ours, "bare": bare}


def measure(way: str, count: int) -> tuple[float, float]:
    """Seconds and peak MB, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, "--rows", str(count)],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        started = time.process_time()
        WAYS[options.way](options.rows, io.BytesIO())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps([time.process_time() - started, peak]))
        return
    few, few_peak = measure("ours", options.rows // 10)
    bare_seconds, bare_peak = measure("bare", options.rows)
    seconds, peak = measure("ours", options.rows)
    sys.stdout.write(
        f"{options.rows // 10} rows × {len(HEADERS)}: {few:.1f} s, {few_peak:.0f} MB\n"
        f"{options.rows} rows × {len(HEADERS)}: {seconds:.1f} s, {peak:.0f} MB\n"
        f"bare openpyxl, {options.rows} rows: {bare_seconds:.1f} s, {bare_peak:.0f} MB\n"
        f"ours / bare: {seconds / bare_seconds:.2f} of processor time, {peak - bare_peak:+.0f} MB\n"
    )


if __name__ == "__main__":
    main()
