from django.db import migrations, models


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('common', '0001_initial'), ('common', '0002_rate_limits'), ('common', '0003_upload_limits')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='DemonstrationClock',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('today', models.DateField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_demonstration_clock')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('token', models.CharField(blank=True, max_length=32)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='RateLimit',
            fields=[
                ('scope', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('limit', models.PositiveIntegerField()),
                ('seconds', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('limit__gte', 1), ('seconds__gte', 1)), name='rate_limit_positive')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='UploadLimits',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('megabytes', models.PositiveSmallIntegerField(default=10, verbose_name='megabytes of one file')),
                ('files', models.PositiveSmallIntegerField(default=30, verbose_name='files of one object')),
            ],
            options={
                'verbose_name': 'limits of uploads',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_upload_limits'), models.CheckConstraint(condition=models.Q(('files__gte', 1), ('megabytes__range', (1, 100))), name='upload_limits_possible')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ThrottleWindow',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('ends_at', models.DateTimeField(db_index=True)),
                ('hits', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
