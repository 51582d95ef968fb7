"""Campaigns made before leads were owed: the migration gives them the rule."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from campaign.models import Campaign, ObligationKind, ObligationRule
from tests.factories import small_province

pytestmark = pytest.mark.django_db
MIGRATION = import_module("campaign.migrations.0007_lead_rules")


def lead_rules():
    rows = ObligationRule.objects.filter(kind=ObligationKind.LEAD)
    return sorted(rows.values_list("campaign__year", "unit", "days"))


def test_a_campaign_of_before_gets_the_rule_and_others_stay_as_they_are():
    world = small_province()
    world.campaign.obligation_rules.filter(kind=ObligationKind.LEAD).delete()
    own = Campaign.objects.create(year=2013, title_zh="上年", title_en="Last year", state="closed")
    ObligationRule.objects.create(campaign=own, kind="lead", unit="calendar", days=7)
    Campaign.objects.create(year=2012, title_zh="无期限", title_en="No rules", state="closed")
    MIGRATION.add(apps, None)
    MIGRATION.add(apps, None)
    assert lead_rules() == [(2013, "calendar", 7), (2014, "working", 15)]
    MIGRATION.remove(apps, None)
    assert lead_rules() == []
    registry = world.campaign.obligation_rules.get(kind=ObligationKind.REGISTRY)
    assert registry.due_on == date(2014, 8, 20)
