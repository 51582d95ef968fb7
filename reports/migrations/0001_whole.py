import django.db.models.deletion
import reports.models.report
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('reports', '0001_initial'), ('reports', '0002_papers')]

    initial = True

    dependencies = [
        ('accounts', '0001_whole'),
        ('campaign', '0001_whole'),
        ('deliveries', '0001_whole'),
        ('scoring', '0001_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mail_schedules', to='campaign.campaign')),
                ('audience', models.CharField(choices=[('province', 'Province'), ('prefecture', 'Prefecture'), ('county', 'County bureau'), ('station', 'Station')], max_length=12, verbose_name='to the officers of')),
                ('rhythm', models.CharField(choices=[('weekly', 'every week'), ('monthly', 'every month'), ('phase_end', 'at the end of each phase')], max_length=10, verbose_name='rhythm')),
                ('day', models.PositiveSmallIntegerField(default=1, verbose_name='day')),
                ('hour', models.PositiveSmallIntegerField(default=8, verbose_name='hour')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'mail schedule',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'audience', 'rhythm'), name='one_schedule_an_audience'), models.CheckConstraint(condition=models.Q(('rhythm__in', ['weekly', 'monthly', 'phase_end'])), name='schedule_rhythm_known'), models.CheckConstraint(condition=models.Q(('audience__in', ['province', 'prefecture', 'county'])), name='schedule_audience_known'), models.CheckConstraint(condition=models.Q(('day__gte', 1), ('hour__lte', 23), models.Q(models.Q(('rhythm', 'weekly'), _negated=True), ('day__lte', 7), _connector='OR'), ('day__lte', 28)), name='schedule_day_exists')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ScheduledRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='reports.mailschedule')),
                ('period', models.CharField(max_length=20)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('schedule', 'period'), name='one_round_a_period')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='MailTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occasion', models.CharField(max_length=20, verbose_name='occasion')),
                ('language', models.CharField(choices=[('zh-hans', 'Simplified Chinese'), ('en', 'English')], max_length=10)),
                ('subject', models.CharField(max_length=120, verbose_name='subject')),
                ('text', models.TextField(verbose_name='text')),
            ],
            options={
                'verbose_name': 'mail template',
                'constraints': [models.UniqueConstraint(fields=('occasion', 'language'), name='one_template_a_language')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Unsubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'unsubscription',
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(choices=[('unit_summary', 'Summary of a unit'), ('station_cards', 'Report cards of stations'), ('all_cards', 'All report cards, zipped by bureau'), ('ranking_list', 'Ranking list'), ('circular', 'Circular'), ('award_list', 'List of award recommendations'), ('acceptance_report', 'Acceptance report'), ('minutes', 'Minutes of a review meeting'), ('rectification_notice', 'Rectification notice'), ('rectification_reply', 'Reply to a rectification notice'), ('posters', 'Posters with QR codes'), ('code_slips', 'Slips of one-time codes'), ('ranking_book', 'Workbook: ranking'), ('register_book', 'Workbook: station register'), ('ledger_book', 'Workbook: rectification ledger'), ('completeness_book', 'Workbook: completeness'), ('year_pack', 'Year pack for upward reporting')], max_length=24, verbose_name='kind')),
                ('series', models.CharField(max_length=120)),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('code', models.CharField(default=reports.models.report.new_code, max_length=12, unique=True, verbose_name='check code')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='campaign.campaign')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='accounts.organisation')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='scoring.scorerun')),
                ('subject', models.CharField(blank=True, max_length=40)),
                ('details', models.JSONField(default=dict)),
                ('language', models.CharField(max_length=10)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('waiting', 'waits for its parts'), ('running', 'being made'), ('done', 'ready'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('expired', 'file no longer kept')], default='queued', max_length=10, verbose_name='state')),
                ('progress', models.PositiveSmallIntegerField(default=0, verbose_name='progress')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('claimed_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('failure', models.TextField(blank=True, verbose_name='reason of the failure')),
                ('file', models.FileField(blank=True, upload_to='reports')),
                ('size', models.PositiveBigIntegerField(null=True, verbose_name='size')),
                ('sha256', models.CharField(blank=True, db_index=True, max_length=64)),
                ('kept_until', models.DateField(null=True, verbose_name='kept until')),
                ('parts', models.ManyToManyField(related_name='packs', to='reports.report')),
                ('deliveries', models.ManyToManyField(related_name='reports', to='deliveries.delivery')),
            ],
            options={
                'verbose_name': 'report',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['state', 'id'], name='report_queue')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'waiting', 'running', 'done', 'failed', 'cancelled', 'expired'])), name='report_state_known'), models.CheckConstraint(condition=models.Q(('progress__lte', 100)), name='report_progress_percent'), models.UniqueConstraint(fields=('series', 'version'), name='one_report_a_version')],
            },
        ),
        migrations.CreateModel(
            name='ReportRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='report_rules', to='campaign.campaign')),
                ('keep_days', models.PositiveSmallIntegerField(default=180, verbose_name='days for which a file is kept')),
                ('attachment_kilobytes', models.PositiveIntegerField(default=4096, help_text='A larger file travels as a link.', verbose_name='largest attachment, in kilobytes')),
                ('link_days', models.PositiveSmallIntegerField(default=14, verbose_name='days for which a mailed link works')),
            ],
            options={
                'verbose_name': 'rules of papers',
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
