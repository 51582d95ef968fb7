"""When a message's words were chosen, so that a reminder is not sent a day late as it stands."""

from django.db import migrations, models

STATES = [
    ("planned", "planned"), ("sending", "sending"), ("sent", "sent"), ("failed", "failed"),
    ("unsure", "undecided"), ("bounced", "bounced"), ("dropped", "dropped"),
]


def chosen_when_planned(apps, schema_editor):
    apps.get_model("deliveries", "Delivery").objects.update(written_at=models.F("planned_at"))


class Migration(migrations.Migration):

    dependencies = [("deliveries", "0006_enclosures")]

    operations = [
        migrations.AlterField(
            "delivery",
            "state",
            models.CharField(choices=STATES, db_index=True, default="planned", max_length=8, verbose_name="state"),
        ),
        migrations.RemoveConstraint("delivery", "delivery_state_known"),
        migrations.AddConstraint(
            "delivery",
            models.CheckConstraint(
                condition=models.Q(state__in=[value for value, _label in STATES]),
                name="delivery_state_known",
            ),
        ),
        migrations.AddField(
            "delivery",
            "written_at",
            models.DateTimeField(null=True, verbose_name="written at"),
        ),
        migrations.RunPython(chosen_when_planned, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "delivery", "written_at", models.DateTimeField(verbose_name="written at")
        ),
    ]
