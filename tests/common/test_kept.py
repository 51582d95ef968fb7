"""Look-ups that a process keeps for a few seconds."""

import pytest

from common import kept as module
from common.kept import kept


@pytest.fixture
def moment(monkeypatch):
    """A clock of our own."""
    state = {"now": 100.0}
    monkeypatch.setattr(module.time, "monotonic", lambda: state["now"])
    return state


@pytest.fixture
def asked():
    return []


@pytest.fixture
def look_up(asked):
    @kept
    def answer(key):
        asked.append(key)
        return f"{key}!" if key != "nobody" else None

    return answer


def test_an_answer_is_kept_for_the_seconds_and_not_longer(settings, moment, look_up, asked):
    settings.LOOKUPS_KEPT = 5
    assert look_up("a") == look_up("a") == "a!"
    assert look_up("b") == "b!"
    assert asked == ["a", "b"]
    moment["now"] += 4.9
    look_up("a")
    assert asked == ["a", "b"]
    moment["now"] += 0.2
    look_up("a")
    assert asked == ["a", "b", "a"]


def test_nothing_is_kept_of_what_is_not_there_and_memory_has_an_end(
    settings, moment, look_up, asked, monkeypatch
):
    settings.LOOKUPS_KEPT = 5
    monkeypatch.setattr(module, "MOST", 2)
    assert look_up("nobody") is look_up("nobody") is None
    assert asked == ["nobody", "nobody"]
    for key in "abca":
        look_up(key)
    assert asked == ["nobody", "nobody", *"abca"]


def test_turned_off_every_look_up_asks(settings, look_up, asked):
    settings.LOOKUPS_KEPT = 0
    look_up("a")
    look_up("a")
    assert asked == ["a", "a"]
