"""Codes in reserve, and the replacement of those whose mail did not arrive."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from surveys import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def remove(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('campaign', '0007_lead_rules'),
        ('deliveries', '0007_late_reminders'),
        ('surveys', '0003_codes_batches_and_integrity'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite makes a changed table anew, and its triggers go with the old one.
        migrations.RunPython(remove, install),
        migrations.CreateModel(
            name='Replacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, verbose_name='address')),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('approved', 'approved'), ('refused', 'refused')], default='proposed', max_length=10, verbose_name='state')),
                ('reason', models.TextField(verbose_name='reason')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decision', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'replacement of a code',
                'ordering': ['-proposed_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='ballotbatch',
            name='replaced',
            field=models.PositiveIntegerField(default=0, verbose_name='codes replaced'),
        ),
        migrations.AddField(
            model_name='ballotbatch',
            name='reserve',
            field=models.PositiveIntegerField(default=0, verbose_name='reserve'),
        ),
        migrations.AddField(
            model_name='ballotrules',
            name='reserve_percent',
            field=models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='reserve of a mailed batch: percent of its codes, at least five (0: none)'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('replaced__lte', models.F('reserve'))), name='batch_replaces_from_its_reserve'),
        ),
        migrations.AddField(
            model_name='replacement',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='surveys.ballotbatch'),
        ),
        migrations.AddField(
            model_name='replacement',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replacement',
            name='delivery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliveries.delivery'),
        ),
        migrations.AddField(
            model_name='replacement',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('proposed', 'approved'))), fields=('delivery',), name='one_replacement_a_message'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'approved', 'refused'])), name='replacement_state_known'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'proposed'), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='replacement_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='replacement_of_two_people'),
        ),
        migrations.RunPython(install, remove),
    ]
