"""The registry: adding, changing, finding stations."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent, Organisation
from common.errors import Denied, WrongMoment
from stations.models import Region, RegionLevel, Station
from stations.services import NameTaken, add_station, update_station
from tests.factories import NOW, campaign, person, small_province, station
from tests.threads import together


def values(world, **changes):
    region = Region.objects.get(code=world.county.code)
    return {
        "name_zh": "官渡镇安监站",
        "name_en": "Guandu Town Station",
        "kind": "township",
        "region": region,
        "head": "李四",
        "phone": "0371-62160000",
        "address": "官渡镇人民路1号",
        "staff_count": 5,
        "founded_on": None,
    } | changes


def form_data(world, **changes):
    given = values(world, **changes)
    given["region"] = given["region"].pk
    return {name: "" if value is None else value for name, value in given.items()}


@pytest.fixture
def world(db):
    return small_province()


def test_the_county_adds_a_station_with_the_next_serial_number(world):
    new = add_station(bureau=world.county, by=world.county_officer, now=NOW, **values(world))
    assert new.code == "410122-3"
    assert new.organisation.path == "410000/410100/410122/410122-3/"
    event = AuditEvent.objects.get(act="station.added")
    assert (event.user, event.target_id) == (world.county_officer, str(new.pk))


def test_another_county_may_not_add_it(world):
    with pytest.raises(Denied):
        add_station(bureau=world.county, by=world.sibling_county_officer, now=NOW, **values(world))


def test_jiyuan_adds_its_own_though_it_is_a_prefecture(world):
    new = add_station(bureau=world.jiyuan, by=world.jiyuan_officer, now=NOW, **values(world))
    assert new.code == "419001-2"


def test_a_prefecture_with_counties_may_not_add_for_them(world):
    with pytest.raises(Denied):
        add_station(bureau=world.county, by=world.prefecture_officer, now=NOW, **values(world))


def test_a_serial_number_is_never_used_again(world):
    Organisation.objects.filter(code="410122-2").update(active=False)
    new = add_station(bureau=world.county, by=world.county_officer, now=NOW, **values(world))
    assert new.code == "410122-3"


def test_changes_are_recorded_before_and_after(world):
    changed = update_station(
        station=world.township,
        expected_version=1,
        by=world.county_officer,
        now=NOW,
        **values(world, name_zh=world.township.organisation.name_zh, head="王五"),
    )
    assert (changed.head, changed.version) == ("王五", 2)
    event = AuditEvent.objects.get(act="station.changed")
    assert (event.before["head"], event.after["head"]) == ("张三", "王五")


def test_a_stale_form_overwrites_nothing(world):
    for version, head in ((1, "王五"), (1, "赵六")):
        try:
            update_station(
                station=Station.objects.with_units().get(pk=world.township.pk),
                expected_version=version,
                by=world.county_officer,
                now=NOW,
                **values(world, head=head),
            )
        except WrongMoment:
            assert head == "赵六"
    assert Station.objects.get(pk=world.township.pk).head == "王五"


def test_the_form_adds_a_station(client, world):
    client.force_login(world.county_officer)
    response = client.post(reverse("stations:add"), form_data(world))
    assert response.status_code == 302
    assert response.url == reverse("stations:detail", args=["410122-3"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name_zh", ""),
        ("phone", "1234567"),
        ("phone", "电话不详"),
        ("founded_on", "2999-01-01"),
        ("staff_count", "-1"),
        ("head", ""),
    ],
)
def test_a_bad_value_is_named_at_its_field_and_nothing_typed_is_lost(client, world, field, value):
    client.force_login(world.county_officer)
    response = client.post(reverse("stations:add"), form_data(world) | {field: value})
    assert response.status_code == 200
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert form["address"].value() == "官渡镇人民路1号"
    assert not Organisation.objects.filter(code="410122-3").exists()


@pytest.mark.parametrize(
    "phone", ["0371-62160000", "037162160000", "010-12345678", "13800000000", "12350", "110"]
)
def test_real_phone_numbers_are_taken(client, world, phone):
    client.force_login(world.county_officer)
    response = client.post(reverse("stations:add"), form_data(world, phone=phone))
    assert response.status_code == 302


def test_the_same_name_twice_under_one_bureau_is_refused(client, world):
    client.force_login(world.county_officer)
    client.post(reverse("stations:add"), form_data(world))
    response = client.post(reverse("stations:add"), form_data(world))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name_zh"]


def test_only_regions_of_the_bureau_are_offered(client, world):
    foreign = Region.objects.get(code=world.other_county.code)
    own = Region.objects.create(
        code="410122101",
        name_zh="官渡镇",
        level=RegionLevel.TOWN,
        parent=Region.objects.get(code="410122"),
    )
    client.force_login(world.county_officer)
    bad = client.post(reverse("stations:add"), form_data(world, region=foreign))
    assert list(bad.context["form"].errors) == ["region"]
    good = client.post(reverse("stations:add"), form_data(world, region=own))
    assert good.status_code == 302


def test_a_stale_edit_keeps_what_was_typed(client, world):
    client.force_login(world.county_officer)
    address = reverse("stations:edit", args=[world.township.code])
    data = form_data(world, head="赵六") | {"version": 1}
    Station.objects.filter(pk=world.township.pk).update(version=2, head="王五")
    response = client.post(address, data)
    assert response.status_code == 200
    assert response.context["form"]["head"].value() == "赵六"
    assert Station.objects.get(pk=world.township.pk).head == "王五"


def test_each_person_lists_the_stations_of_their_area(client, world):
    seen = {}
    for name in ("province_officer", "prefecture_officer", "county_officer", "station_officer"):
        client.force_login(getattr(world, name))
        page = client.get(reverse("stations:list")).context["page"]
        seen[name] = [row.code for row in page]
    assert seen == {
        "province_officer": [
            "410122-1", "410122-2", "410185-1", "410181-1", "410221-1", "419001-1",
        ],
        "prefecture_officer": ["410122-1", "410122-2", "410185-1"],
        "county_officer": ["410122-1", "410122-2"],
        "station_officer": ["410122-1"],
    }  # fmt: skip


def test_the_list_costs_the_same_for_one_and_for_more(client, world):
    client.force_login(world.county_officer)
    client.get(reverse("stations:list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("stations:list"))
    for serial in (3, 4, 5):
        station(world.county, serial)
    with CaptureQueriesContext(connection) as more:
        page = client.get(reverse("stations:list")).context["page"]
    assert len(page) == 5
    assert len(more) == len(few)


def test_the_workbook_holds_text_as_text(client, world):
    Organisation.objects.filter(code="410122-2").update(name_zh="=1+1")
    client.force_login(world.county_officer)
    response = client.get(reverse("stations:export"))
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert [cell.value for cell in sheet["A"]][1:] == ["410122-1", "410122-2"]
    cell = sheet["B3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_number_typed_on_a_chinese_keyboard_is_understood(client, world):
    client.force_login(world.county_officer)
    client.post(reverse("stations:add"), form_data(world, phone="０３７１－６２１６００００"))
    assert Station.objects.get(organisation__code="410122-3").phone == "0371-62160000"


def test_a_sister_station_keeps_its_name(world):
    """The service refuses it too: two forms may have been checked at the same moment."""
    taken = values(world, name_zh=world.brigade.organisation.name_zh)
    with pytest.raises(NameTaken):
        add_station(bureau=world.county, by=world.county_officer, now=NOW, **taken)
    given = {"station": world.township, "expected_version": 1, "by": world.county_officer}
    with pytest.raises(NameTaken):
        update_station(**given, now=NOW, **taken)
    own = values(world, name_zh=world.township.organisation.name_zh)
    assert update_station(**given, now=NOW, **own).version == 2


def test_the_province_chooses_the_bureau_first(client, world):
    client.force_login(world.province_admin)
    response = client.get(reverse("stations:add"))
    offered = [bureau.code for bureau in response.context["bureaus"]]
    # No prefecture that has counties.
    assert offered == ["410122", "410185", "410181", "410221", "419001"]
    address = f"{reverse('stations:add')}?bureau=410122"
    assert client.post(address, form_data(world)).status_code == 302
    assert Organisation.objects.get(code="410122-3").supervisor == world.county


def test_the_province_cannot_add_below_a_prefecture_with_counties(client, world):
    client.force_login(world.province_admin)
    address = f"{reverse('stations:add')}?bureau=410100"
    assert client.post(address, form_data(world)).status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("county_officer", True),
        ("jiyuan_officer", True),
        ("province_admin", True),
        ("prefecture_officer", False),
        ("station_officer", False),
    ],
)
def test_the_button_stands_where_it_works(client, world, name, shown):
    client.force_login(getattr(world, name))
    assert client.get(reverse("stations:list")).context["can_add"] is shown
    assert client.get(reverse("stations:add")).status_code == (200 if shown else 403)


def test_a_station_of_last_years_campaign_can_be_enrolled_in_this_one(client, world):
    html = f'<input type="hidden" name="station" value="{world.township.code}">'
    client.force_login(world.county_officer)
    page = client.get(reverse("stations:detail", args=[world.township.code]))
    assert html not in page.content.decode()
    campaign(2015)
    page = client.get(reverse("stations:detail", args=[world.township.code]))
    assert html in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_double_click_adds_one_station():
    world = small_province()
    given = values(world)

    def add():
        try:
            return add_station(bureau=world.county, by=world.county_officer, now=NOW, **given).code
        except NameTaken:
            return "refused"

    assert sorted(together([add, add])) == ["410122-3", "refused"]


@pytest.mark.django_db(transaction=True)
def test_two_people_adding_at_once_get_two_codes():
    world = small_province()
    second = person("second", world.county, "county_officer")

    def adding(by, name):
        given = values(world, name_zh=name)
        return lambda: add_station(bureau=world.county, by=by, now=NOW, **given).code

    codes = together([adding(world.county_officer, "甲站"), adding(second, "乙站")])
    assert sorted(codes) == ["410122-3", "410122-4"]
