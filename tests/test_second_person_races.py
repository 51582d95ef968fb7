"""The second step sent by both people at the same moment: one decision, the other person's."""

import pytest
from django.test import override_settings

from accounts.models import AuditEvent
from tests.matrix_world import matrix_world
from tests.second_steps import (
    CASES,
    At,
    deciding_a_veto,
    publishing,
    reopening_a_check,
    replacing_a_code,
    restoring_ballots,
    setting_ballots_aside,
    stage,
)
from tests.test_access_matrix import DEMONSTRATION
from tests.threads import together

ACTS = {
    publishing: "run.published",
    deciding_a_veto: "veto.confirmed",
    setting_ballots_aside: "quarantine.confirmed",
    replacing_a_code: "replacement.approved",
    restoring_ballots: "quarantine.lifted",
    reopening_a_check: "reopening.approved",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", ACTS, ids=lambda case: case.__name__)
@override_settings(**DEMONSTRATION)
def test_four_posts_at_once_are_one_decision_of_the_other_person(case):
    """Both send the second step twice at the same moment: one of the other person's is taken."""
    user, second = stage(matrix_world(), case)
    first, first_again = At(user), At(user)
    for at in (first, first_again):
        at.put_on(CASES[case][2])
    senders = [first, At(second.other), first_again, At(second.other)]

    def post(at):
        return lambda: at.client.post(second.address, second.data).status_code

    found = together([post(at) for at in senders])
    assert (found[0], found[2]) in {(403, 403), (403, 409), (409, 403), (409, 409)}, found
    assert sorted((found[1], found[3])) == [302, 409], found
    second.row.refresh_from_db()
    assert second.row.state == second.done
    events = AuditEvent.objects.filter(act=ACTS[case], target_id=str(second.row.pk))
    assert [event.user_id for event in events] == [second.other.pk]
