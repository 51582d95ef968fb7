"""The press has limits of memory, processor time and time by the clock, each with its control: the
same limit lets a small document through."""

import os
from pathlib import Path

import pytest

from reports import pdf
from reports.pdf import TooLarge, render_pdf
from tests.reports.papers import needs_fonts, text_of

pytestmark = [needs_fonts, pytest.mark.one_database]

# By how much a press is nicer, as the documentation says.
NICENESS = 10
PAGE = "<!doctype html><html lang='zh-hans'><head><title>格</title></head><body>{}</body></html>"
SMALL = PAGE.format("<p>文</p>")
MEGABYTE = 1024**2


def presses():
    """The children of this process that are still there."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    before = presses()
    yield
    assert presses() == before


def test_a_document_that_needs_too_much_memory_ends_its_own_process_only():
    limit = 400 * MEGABYTE
    with pytest.raises(TooLarge, match="400"):
        render_pdf(PAGE.format("<i>文</i>" * 60_000), memory=limit)
    assert text_of(render_pdf(SMALL, memory=limit)).startswith("文")


def test_a_document_that_needs_too_much_processor_time_is_ended():
    limit = 6
    with pytest.raises(TooLarge, match="6"):
        render_pdf(PAGE.format(f"<p>{'国' * 2_000_000}</p>"), seconds=limit)
    assert text_of(render_pdf(SMALL, seconds=limit)).startswith("文")


def test_the_clock_ends_what_does_not_end(monkeypatch):
    """A press that waits for something uses no processor time at all."""
    monkeypatch.setattr(pdf, "PULSE_SECONDS", 0.05)
    with pytest.raises(TooLarge):
        render_pdf(PAGE.format(f"<p>{'国' * 2_000_000}</p>"), clock_seconds=0)
    assert text_of(render_pdf(SMALL, clock_seconds=120)).startswith("文")


def test_what_the_pulse_raises_stops_the_press(monkeypatch):
    """So a cancelled report stops soon, not when it is finished."""
    monkeypatch.setattr(pdf, "PULSE_SECONDS", 0.05)
    beats = []

    def cancelled():
        beats.append(1)
        if len(beats) == 3:
            raise KeyError("cancelled")

    with pytest.raises(KeyError):
        render_pdf(PAGE.format(f"<p>{'国' * 2_000_000}</p>"), pulse=cancelled)
    assert len(beats) == 3


def test_a_long_letter_reaches_a_press_that_starts_slowly(monkeypatch):
    """Larger than a pipe holds (64 KB), and asked for many times before the press reads at all: on
    a busy machine its start takes longer than a pulse."""
    monkeypatch.setattr(pdf, "PULSE_SECONDS", 0.02)
    comment = f"<!--{'x' * 300_000}-->"
    printed = render_pdf(SMALL.replace("<body>", f"<body>{comment}"), clock_seconds=60)
    assert text_of(printed).startswith("文")


def test_a_press_steps_back_behind_those_at_a_page(monkeypatch):
    """Its priority is lower than that of the process that gave the order."""
    monkeypatch.setattr(pdf, "PULSE_SECONDS", 0.05)
    niceness = set()

    def pulse():
        niceness.update(os.getpriority(os.PRIO_PROCESS, int(press)) for press in presses())

    render_pdf(PAGE.format("<p>文</p>" * 2_000), pulse=pulse)
    assert max(niceness) == min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)
