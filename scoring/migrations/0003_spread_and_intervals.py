from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaign', '0001_initial'),
        ('scoring', '0002_veto_grade_and_run_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='scorerun',
            name='reliability',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='alike',
            field=models.PositiveIntegerField(null=True, verbose_name='not told apart from'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='high',
            field=models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name='interval to'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='low',
            field=models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name='interval from'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='rank_high',
            field=models.PositiveIntegerField(null=True, verbose_name='worst plausible rank within the kind'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='rank_low',
            field=models.PositiveIntegerField(null=True, verbose_name='best plausible rank within the kind'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='se',
            field=models.DecimalField(decimal_places=3, max_digits=7, null=True, verbose_name='standard error'),
        ),
        migrations.AddField(
            model_name='stationscore',
            name='spread',
            field=models.JSONField(default=dict),
        ),
        migrations.AddConstraint(
            model_name='stationscore',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('high', None), ('low', None)), models.Q(('high__gte', models.F('composite')), ('high__lte', 100), ('low__gte', 0), ('low__lte', models.F('composite'))), _connector='OR'), name='interval_holds_the_composite'),
        ),
        migrations.AddConstraint(
            model_name='stationscore',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rank_high', None), ('rank_low', None)), models.Q(('rank_high__gte', models.F('rank_kind')), ('rank_low__lte', models.F('rank_kind'))), _connector='OR'), name='rank_interval_holds_the_rank'),
        ),
    ]
