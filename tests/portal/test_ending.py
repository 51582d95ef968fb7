"""The end of the demonstration's story: published by two people, honours confirmed."""

import pytest

from campaign.models import Activity
from common import clock
from portal.demonstration import ending
from portal.demonstration.story import Story, moment
from scoring.models import DailyList, Honour, HonourState, RunState, ScoreRun
from tests import factories
from tests.scoring.voters import scored_province


@pytest.mark.django_db
def test_the_run_is_published_and_honours_are_confirmed(settings):
    world = scored_province(factories.small_province())
    story = Story(say=print, campaign=world.campaign)
    story.users = {
        "province": world.province_officer,
        "province-admin": world.province_admin,
        "leader": world.leader,
        "assessor-410122": world.county_assessor,
    }
    for _text, act in ending.ACTS:
        act(story)
    run = ScoreRun.objects.get()
    assert (run.state, run.preliminary) == (RunState.PUBLISHED, False)
    assert run.previewed_by != run.published_by
    signed = DailyList.objects.filter(state="signed")
    assert [row.organisation for row in signed] == [world.county]
    assert not world.campaign.allows(Activity.QUESTIONNAIRE, moment(11, 3))
    # The township station's 88.00 is in front of the single one of its kind.
    honours = Honour.objects.filter(state=HonourState.CONFIRMED)
    assert {row.score.code for row in honours} <= {"410122-2", "410122-1", "410185-1", "419001-1"}
    assert honours
    settings.PORTAL_TODAY = ""
    assert clock.demonstration_today() == ending.LAST_DAY
