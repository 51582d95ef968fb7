import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('stations', '0001_initial'), ('stations', '0002_closed_stations')]

    initial = True

    dependencies = [
        ('accounts', '0001_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, unique=True, verbose_name='code')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name in Chinese')),
                ('name_en', models.CharField(blank=True, max_length=80, verbose_name='name in English')),
                ('level', models.CharField(choices=[('province', 'Province'), ('prefecture', 'Prefecture'), ('county', 'County'), ('town', 'Town'), ('township', 'Township'), ('street', 'Street')], max_length=12, verbose_name='level')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='stations.region')),
                ('valid_from', models.DateField(null=True)),
                ('valid_to', models.DateField(null=True)),
                ('successor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='stations.region')),
            ],
            options={
                'verbose_name': 'region',
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['province', 'prefecture', 'county', 'town', 'township', 'street'])), name='region_level_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Station',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='station', to='accounts.organisation')),
                ('kind', models.CharField(choices=[('brigade', 'Enforcement brigade'), ('township', 'Township station')], max_length=10, verbose_name='kind')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stations', to='stations.region', verbose_name='region')),
                ('head', models.CharField(blank=True, max_length=40, verbose_name='head')),
                ('phone', models.CharField(blank=True, max_length=20, verbose_name='supervision phone')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='address')),
                ('staff_count', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='staff')),
                ('founded_on', models.DateField(blank=True, null=True, verbose_name='founded on')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed on')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='stations.station', verbose_name='successor')),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'station',
                'ordering': ['organisation__path'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['brigade', 'township'])), name='station_kind_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='StationChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='stations.station')),
                ('kind', models.CharField(choices=[('renamed', 'renamed'), ('merged', 'merged into another station'), ('closed', 'closed')], max_length=8, verbose_name='kind')),
                ('on', models.DateField(verbose_name='day')),
                ('name_zh_before', models.CharField(max_length=80)),
                ('name_en_before', models.CharField(blank=True, max_length=120)),
                ('successor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stations.station')),
                ('reason', models.TextField(verbose_name='reason')),
            ],
            options={
                'verbose_name': 'change of a station',
                'ordering': ['on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['renamed', 'merged', 'closed'])), name='station_change_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'merged'), ('successor__isnull', False)), models.Q(('kind', 'renamed'), ('successor', None)), ('kind', 'closed'), _connector='OR'), name='merged_station_has_successor')],
                'indexes': [],
            },
        ),
    ]
