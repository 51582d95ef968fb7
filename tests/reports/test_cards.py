"""The report card: what it says of a station's work and score, by hand; and what it costs."""

from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from evaluations.models import (
    Commitment,
    Fulfilment,
    Inspector,
    SpotCheck,
    SpotDraw,
    SpotState,
)
from evaluations.profiles import lines_of, points_by_area, together
from evaluations.services.reopenings import record_recheck, reply_of
from evaluations.services.replies import reply_to_check
from reports.papers import PAPERS
from scoring.models import RunState
from stations.models import StationKind
from tests import factories
from tests.evaluations import evaluation_steps as steps
from tests.factories import NOW
from tests.reports.papers import html_of, needs_fonts, paper, print_pdf, with_run


@pytest.fixture
def world(db):
    return with_run(factories.small_province())


def card_of(world, row):
    (card,) = PAPERS["station_cards"].facts(paper(world, "station_cards", row.organisation), NOW)
    return card


def promise(enrolment, area, *seen):
    """A commitment in force, seen in the states `seen`, one a day."""
    row = Commitment.objects.create(
        enrolment=enrolment,
        area=area,
        content="二日内答复",
        responsible="张三",
        state="published",
        published_at=NOW,
    )
    for day, status in enumerate(seen, start=1):
        Fulfilment.objects.create(
            commitment=row,
            status=status,
            seen_on=date(2014, 10, day),
            text="查看记录",
            recorded_by=officer_of(enrolment),
            recorded_at=NOW,
        )
    return row


def officer_of(enrolment):
    return enrolment.station.organisation.memberships.first().user


def areas_of(world, kind=StationKind.BRIGADE):
    return points_by_area(world.campaign, kind)


def test_areas_by_hand(world):
    """Points 3 + 2 and 5. Self 3, 1.5, 5; deducted 1, 0, 2: areas 4.5 and 5 against 4 and 3."""
    row = world.brigade_enrolment
    steps.submitted_inspection(world, row, world.station_officer)
    steps.signed_check(world, row, world.prefecture_officer, "1", "0", "2")
    first, second = card_of(world, row).areas
    assert (first.points, first.own, first.checked) == (5, Decimal("4.5"), 4)
    assert (second.points, second.own, second.checked) == (5, 5, 3)
    assert (first.deviation, second.deviation) == (Decimal("0.5"), 2)
    assert (first.share(first.own), second.share(second.checked)) == (90, 60)
    total = card_of(world, row).total
    assert (total.points, total.own, total.checked, total.deviation) == (
        10,
        Decimal("9.5"),
        7,
        Decimal("2.5"),
    )


def test_what_is_missing_is_no_zero(world):
    """Neither handed in nor signed off: no figure, and no deviation from nothing."""
    row = world.brigade_enrolment
    steps.drafted_check(world, row, world.prefecture_officer, "1", "0", "2")
    card = card_of(world, row)
    assert {(line.own, line.checked, line.deviation) for line in card.areas} == {(None, None, None)}
    assert (card.total.own, card.total.checked) == (None, None)
    assert (card.checks.check, card.checks.own) == (None, None)


def test_a_criterion_of_the_other_kind_gives_no_points(world):
    """2.1, all of the second area, is for brigades alone: a township station has no such area."""
    area = areas_of(world)[1][0]
    area.criteria.update(station_kind=StationKind.BRIGADE)
    assert [points for _area, points in areas_of(world)] == [5, 5]
    assert [points for _area, points in areas_of(world, StationKind.TOWNSHIP)] == [5]


def test_commitments_count_as_they_were_last_seen(world):
    """Four in force: kept (after it was at risk), at risk (after it was kept), and one that nobody
    looked at; in the second area one that is broken is not there."""
    row = world.brigade_enrolment
    (first, _points), (second, _points) = areas_of(world)
    promise(row, first, "at_risk", "kept")
    promise(row, first, "kept", "at_risk")
    promise(row, first)
    promise(row, second, "kept")
    one, two = card_of(world, row).areas
    assert (one.published, one.kept, one.at_risk, one.broken, one.unseen) == (3, 1, 1, 0, 1)
    assert (two.published, two.kept, two.at_risk, two.broken, two.unseen) == (1, 1, 0, 0, 0)
    both = together([one, two])
    assert (both.published, both.kept, both.at_risk, both.unseen) == (4, 2, 1, 1)


def test_the_looks_that_followed_the_check(world):
    """2.5 of 10 deducted: conditional, agreed, mended at the re-check; the province's second look
    gave 6, 1.5 less, which it shows once it is signed off."""
    row = world.brigade_enrolment
    steps.submitted_inspection(world, row, world.station_officer)
    check = steps.signed_check(world, row, world.prefecture_officer, "0", "0", "2.5")
    reply_to_check(reply=reply_of(check), points=[], by=world.station_officer, now=NOW)
    record_recheck(
        check=check,
        checked_on=date(2014, 10, 25),
        inspectors=["甲", "乙"],
        passed=True,
        reason="复验合格",
        files=(),
        by=world.prefecture_officer,
        now=NOW,
    )
    draw = SpotDraw.objects.create(
        campaign=world.campaign,
        number=1,
        files={},
        public_number_name="排列五",
        public_number_on=date(2014, 10, 25),
        framed_by=world.province_officer,
        framed_at=NOW,
        framed_event=1,
    )
    spot = SpotCheck.objects.create(
        draw=draw,
        enrolment=row,
        standard=check.standard,
        authority=world.prefecture,
        first_score=Decimal("7.5"),
    )
    spot.inspectors.set(Inspector.objects.filter(pool=world.province)[:2])
    assert card_of(world, row).checks.spot is None
    html = html_of(paper(world, "station_cards", row.organisation))
    assert "7.5分" in html
    assert "高报2.5分" in html
    assert "全部整改到位" in html
    assert "无异议" in html
    SpotCheck.objects.filter(pk=spot.pk).update(
        state=SpotState.SIGNED,
        checked_on=date(2014, 10, 24),
        score=Decimal(6),
        deviation=Decimal("1.5"),
        signed_by=world.province_officer,
        signed_at=NOW,
    )
    assert card_of(world, row).checks.spot.deviation == Decimal("1.5")
    html = html_of(paper(world, "station_cards", row.organisation))
    assert "高出1.5分" in html


def test_a_published_run_shows_the_chain_and_the_neighbours_a_preview_only_the_chain(world):
    card = card_of(world, world.brigade_enrolment)
    assert [(part.weight, part.value.shown) for part in card.chain.parts] == [
        ("10", 90),
        ("20", Decimal("80.55")),
        ("70", Decimal("77.5")),
    ]
    assert card.around
    world.run.state = RunState.PREVIEWED
    world.run.save(update_fields=["state"])
    card = card_of(world, world.brigade_enrolment)
    assert card.chain
    assert not card.around


def test_a_preliminary_run_shows_no_breakdown(world):
    type(world.run).objects.filter(pk=world.run.pk).update(state=RunState.DRAFT, preliminary=True)
    world.run.refresh_from_db()
    card = card_of(world, world.brigade_enrolment)
    assert card.score.composite == Decimal("79.36")
    assert card.chain is None


def test_the_queries_of_a_bureau_do_not_grow_with_its_stations(world):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            cards = PAPERS["station_cards"].facts(paper(world, "station_cards", world.county), NOW)
        return len(cards), len(caught)

    for row in (world.brigade_enrolment, world.township_enrolment):
        promise(row, areas_of(world)[0][0], "kept")
        steps.signed_check(world, row, world.prefecture_officer, "0", "0", "1")
    cards, before = queries()
    assert cards == 2
    for serial in (7, 8, 9):
        row = factories.enrolment(world.campaign, factories.station(world.county, serial))
        factories.person(f"officer{serial}", row.organisation, "station_officer")
        promise(row, areas_of(world)[0][0], "kept")
        steps.signed_check(world, row, world.prefecture_officer, "0", "0", "1")
        world.township_enrolment.scores.model.objects.create(
            run=world.run,
            enrolment=row,
            code=row.organisation.code,
            path=row.organisation.path,
            name_zh="站",
            kind="township",
            line="regular",
            prefecture="410100",
            inputs=world.township_enrolment.scores.get().inputs,
            status="ranked",
            composite=Decimal(80),
            questionnaire=Decimal(80),
            valid_ballots=30,
            rank_all=9,
            rank_kind=9,
            rank_prefecture=9,
        )
    assert queries() == (5, before)


def test_lines_need_no_standard(world):
    assert lines_of(world.brigade_enrolment, []) == []


def test_the_page_shows_the_very_drawings_of_the_paper(world, client):
    """The same SVG, with a text alternative and without anything that the policy of contents
    forbids; before the publication neither of them names the neighbours."""
    row = world.brigade_enrolment
    steps.submitted_inspection(world, row, world.station_officer)
    client.force_login(world.county_officer)
    address = reverse("scoring:score", args=[row.pk])
    with translation.override("zh-hans"):
        card = card_of(world, row)
    page = client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    for drawing in (card.spread, card.around, card.profile):
        assert drawing
        assert drawing in page
        assert "<title>" in drawing
        assert "<desc>" in drawing
        assert "style=" not in drawing
        assert "<script" not in drawing
    assert "单位410185-1" in card.around
    world.run.state = RunState.PREVIEWED
    world.run.save(update_fields=["state"])
    page = client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert card.spread in page
    assert "单位410185-1" not in page


def test_who_reads_no_work_sees_no_profile(world, client):
    """An assessor gives the daily score and reads nothing else."""
    address = reverse("scoring:score", args=[world.brigade_enrolment.pk])
    client.force_login(world.county_assessor)
    assert client.get(address).status_code in (403, 404)
    client.force_login(world.station_officer)
    assert client.get(address).status_code == 200


@needs_fonts
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_card_is_two_pages_even_where_names_are_long_and_problems_many(world, language):
    row = world.brigade_enrolment
    name = {
        "name_zh": "洛阳市瀍河回族区安全生产执法监察大队",
        "name_en": "Enforcement Brigade of " * 3,
    }
    type(row.organisation).objects.filter(pk=row.organisation.pk).update(**name)
    row.scores.update(**name)
    steps.submitted_inspection(world, row, world.station_officer)
    steps.signed_check(world, row, world.prefecture_officer, "1", "0", "2")
    for number in range(9):
        steps.finding(world, row, world.county_officer, text=f"{number}. 服务大厅排队秩序乱，" * 5)
    # The standard of the notice has seven areas, this world's two.
    standard = areas_of(world)[0][0].standard
    for number in range(3, 8):
        area = standard.areas.create(
            number=number, name_zh="制度建设", name_en="Openness of information"
        )
        area.criteria.create(
            number=f"{number}.1", position=number + 9, name_zh="指标", name_en="x", points=5
        )
    document = pypdfium2.PdfDocument(
        print_pdf(html_of(paper(world, "station_cards", row.organisation, language)))
    )
    pages = len(document)
    document.close()
    assert pages == 2
