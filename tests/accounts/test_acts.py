"""Every act that the code records has words for people."""

import importlib
import re
from pathlib import Path

from django.conf import settings

from accounts.acts import ACT_LABELS
from accounts.workflow import Machine

APPS = ("accounts", "deliveries", "stations", "campaign", "evaluations", "surveys", "scoring")
RECORDED = re.compile(r'(?:act=|_record\(by, |_set_active\(person, \w+, )"([a-z_]+\.[a-z_]+)"')


def recorded_acts():
    """The acts named in calls, and the moves of every state machine."""
    acts = set()
    for app in (*APPS, "reports", "portal"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            acts |= set(RECORDED.findall(path.read_text(encoding="utf-8")))
        try:
            workflow = importlib.import_module(f"{app}.workflow")
        except ModuleNotFoundError:
            continue
        for machine in vars(workflow).values():
            if isinstance(machine, Machine):
                acts |= {f"{machine.noun}.{move.name}" for move in machine.moves}
    return acts


def test_every_recorded_act_has_a_label():
    assert recorded_acts() - set(ACT_LABELS) == set()
