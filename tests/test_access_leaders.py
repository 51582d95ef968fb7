"""Leaders of the units below: they read what their unit reads, and do only its second steps.

The table's leader is the province's. Here stand those of the brigade's prefecture, of its county
and of the brigade itself: people of the very unit whose work it is, without the right to do it, and
leaders who are not the province's. The twin of each refusal is in the table: the officer of the
same unit, or the province's leader.
"""

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts.roles import Role
from tests.factories import person
from tests.matrix_world import TARGETS
from tests.test_access_matrix import DEMONSTRATION, LINES
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

# The leader of a unit, and who works there in the table.
LEADERS = {"prefecture": "pref", "county": "cnty", "brigade": "stat"}
# What anybody does with their own account, notices and filters, or does as one of the public.
OWN = ("accounts:", "portal:language", "campaign:told-", "campaign:reminders", "campaign:feed-")
OWN += ("deliveries:", "evaluations:filter-", "scoring:publicity")
# Second steps of the unit's own: deciding on a re-opening, on more time for an answer.
SECOND_STEPS = {"evaluations:reopening-decide", "evaluations:extension-decide"}
DOING = [
    line
    for line in LINES
    if line.method == "POST"
    and line.expected["anon"] == 302
    and any(line.expected[column] in (200, 302) for column in (*LEADERS.values(), "lead"))
    and line.url_name not in SECOND_STEPS
    and not line.url_name.startswith(OWN)
]


@pytest.fixture(scope="module")
def leaders(world, django_db_blocker):
    with django_db_blocker.unblock():
        for place in LEADERS:
            unit = getattr(world, place)
            unit = getattr(unit, "organisation", unit)
            world.visitors.admit(place, person(f"leader-{place}", unit, Role.LEADER))
    return world


@pytest.mark.django_db
@pytest.mark.parametrize("line", DOING, ids=lambda line: f"{line.url_name}-{line.target}")
@override_settings(**DEMONSTRATION)
def test_a_leader_does_nothing_of_the_officers_work(line, leaders):
    args, data = TARGETS[line.target](leaders)
    address = reverse(line.url_name, args=args)
    found = {
        place: leaders.visitors.ask(place, "POST", address, data).status_code for place in LEADERS
    }
    assert set(found.values()) <= {403, 404}, found
