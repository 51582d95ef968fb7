"""Whoever took the first step of an act of two people cannot take the second, by any request."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils.translation import gettext

from accounts.models import AuditEvent
from accounts.roles import Role
from tests.factories import person
from tests.second_steps import (
    CASES,
    At,
    closing_an_ordered_recheck,
    every_case,
    granting_an_extension,
    reopening_a_check,
    stage,
)
from tests.test_access_matrix import DEMONSTRATION
from tests.test_access_matrix import world as world  # noqa: PLC0414 - the fixture, by name

BUSINESS = ("stations", "campaign", "evaluations", "surveys", "scoring")


def everything():
    """Every business row, to see that nothing changed."""
    models = [model for app in BUSINESS for model in apps.get_app_config(app).get_models()]
    return {model: list(model.objects.order_by("pk").values()) for model in models}


# --- one after the other --------------------------------------------------------------------------


@pytest.mark.django_db
@every_case
@override_settings(**DEMONSTRATION)
def test_the_first_person_is_refused_however_often_and_another_succeeds(case, world):
    user, second = stage(world, case)
    again, other = At(user), At(second.other)
    before, trail = everything(), AuditEvent.objects.count()
    said = gettext("You took the first step yourself; somebody else has to take this one.")
    for role in (None, *CASES[case][1:], None):
        if role:
            again.put_on(role)
        answer = again.client.post(second.address, second.data)
        assert answer.status_code == 403
    # In the role of the second step nothing but the first step stands in the way.
    assert said in answer.content.decode()
    assert everything() == before
    acts = AuditEvent.objects.order_by("pk").values_list("act", flat=True)[trail:]
    assert set(acts) <= {"user.switched_role"}, set(acts)

    assert other.client.post(second.address, second.data).status_code == 302
    second.row.refresh_from_db()
    assert second.row.state == second.done
    done = everything()
    assert done != before
    # The second step sent twice is done once.
    assert other.client.post(second.address, second.data).status_code in (403, 409)
    assert everything() == done


# Who may take the first step of the act, or see it, and not the second.
WITHOUT_THE_RIGHT = {
    closing_an_ordered_recheck: Role.LEADER,
    granting_an_extension: Role.STATION_OFFICER,
    reopening_a_check: Role.ASSESSOR,
}


@pytest.mark.django_db
@every_case
@override_settings(**DEMONSTRATION)
def test_another_person_needs_the_right_too(case, world):
    """Not to be the first person is not enough."""
    _user, second = stage(world, case)
    role = WITHOUT_THE_RIGHT.get(case, Role.PROVINCE_OFFICER)
    place = "brigade" if role == Role.STATION_OFFICER else CASES[case][0]
    unit = getattr(world, place)
    colleague = person("colleague", getattr(unit, "organisation", unit), role)
    before = everything()
    answer = At(colleague).client.post(second.address, second.data)
    assert answer.status_code in (403, 404)
    assert everything() == before


POLICIES = (
    "scoring.policies",
    "surveys.policies",
    "evaluations.policies",
    "evaluations.acceptance_policies",
    "evaluations.opinion_policies",
)
# The cases in which the database itself refuses a second step by the first person.
GUARDED = set(CASES) - {closing_an_ordered_recheck, granting_an_extension}


@pytest.mark.django_db
@every_case
@override_settings(**DEMONSTRATION)
def test_without_the_rule_only_the_database_refuses(case, world, monkeypatch):
    """The negative control: with the rule taken away the same request goes through, or as far as
    the constraint behind it."""
    for module in POLICIES:
        monkeypatch.setattr(f"{module}.check_second_person", lambda user, first: None)
    user, second = stage(world, case)
    at = At(user)
    at.put_on(CASES[case][2])
    if case in GUARDED:
        with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
            at.client.post(second.address, second.data)
    else:
        assert at.client.post(second.address, second.data).status_code == 302
