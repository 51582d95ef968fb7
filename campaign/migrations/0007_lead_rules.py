"""Campaigns made before leads were owed get the rule for them: 15 working days after one is raised.

Only where the campaign has rules at all: without any it owes nothing on purpose. Closed campaigns
too, since the next year's is drafted from them.
"""

from django.db import migrations


def add(apps, schema_editor):
    rules = apps.get_model("campaign", "ObligationRule").objects
    known = set(rules.filter(kind="lead").values_list("campaign", flat=True))
    for campaign in set(rules.values_list("campaign", flat=True)) - known:
        rules.create(campaign_id=campaign, kind="lead", unit="working", days=15)


def remove(apps, schema_editor):
    """The schema before does not know the kind."""
    apps.get_model("campaign", "ObligationRule").objects.filter(kind="lead").delete()


class Migration(migrations.Migration):
    dependencies = [("campaign", "0006_leads")]
    operations = [migrations.RunPython(add, remove)]
