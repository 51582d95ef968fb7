import campaign.models.paper
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('campaign', '0001_initial'), ('campaign', '0002_longer_day_names'), ('campaign', '0003_later_activities_and_duties'), ('campaign', '0004_supervision_of_overdue_tasks'), ('campaign', '0005_duties_days_and_papers')]

    initial = True

    dependencies = [
        ('accounts', '0001_whole'),
        ('deliveries', '0001_whole'),
        ('stations', '0001_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True, verbose_name='date')),
                ('is_workday', models.BooleanField(verbose_name='working day')),
                ('name_zh', models.CharField(blank=True, max_length=60, verbose_name='name in Chinese')),
            ],
            options={
                'verbose_name': 'calendar day',
                'ordering': ['date'],
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True, verbose_name='year')),
                ('title_zh', models.CharField(max_length=120, verbose_name='title in Chinese')),
                ('title_en', models.CharField(max_length=200, verbose_name='title in English')),
                ('document_number', models.CharField(max_length=60, verbose_name='document number')),
                ('notice', models.TextField(verbose_name='text of the notice')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('open', 'under way'), ('closed', 'closed')], default='draft', max_length=8)),
                ('is_demonstration', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'campaign',
                'ordering': ['-year'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'open', 'closed'])), name='campaign_state_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phases', to='campaign.campaign')),
                ('kind', models.CharField(choices=[('mobilisation', 'Mobilisation'), ('implementation', 'Implementation'), ('assessment', 'Assessment and summary')], max_length=16, verbose_name='phase')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('ends_on', models.DateField(verbose_name='ends on')),
            ],
            options={
                'verbose_name': 'phase',
                'ordering': ['starts_on'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'kind'), name='one_phase_of_a_kind'), models.CheckConstraint(condition=models.Q(('kind__in', ['mobilisation', 'implementation', 'assessment'])), name='phase_kind_known'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='phase_ends_after_start')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='PhaseActivity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phase', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='campaign.phase')),
                ('activity', models.CharField(choices=[('enrol', 'station data and enrolment'), ('plan', 'plans'), ('commit', 'commitments'), ('self_inspect', 'self-inspection'), ('rectify', 'findings and rectification'), ('meeting', 'review meetings'), ('accept', 'acceptance checks'), ('spot_check', 'spot checks and secret visits'), ('questionnaire', 'the questionnaire'), ('daily', 'daily assessment'), ('score', 'scoring runs'), ('summary', 'summaries'), ('results', 'honours and consequences')], max_length=16)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('phase', 'activity'), name='phase_allows_once'), models.CheckConstraint(condition=models.Q(('activity__in', ['enrol', 'plan', 'commit', 'self_inspect', 'rectify', 'meeting', 'accept', 'spot_check', 'questionnaire', 'daily', 'score', 'summary', 'results'])), name='activity_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='campaign.campaign')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='stations.station')),
                ('enrolled_at', models.DateTimeField(verbose_name='enrolled at')),
            ],
            options={
                'verbose_name': 'enrolment',
                'ordering': ['station__organisation__path'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'station'), name='one_enrolment_a_campaign')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='obligations', to='campaign.campaign')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='accounts.organisation')),
                ('kind', models.CharField(choices=[('receipt', 'Receipt of the notice'), ('registry', 'Station data'), ('plan', 'Plan'), ('commitments', 'Commitments'), ('self_inspection', 'Self-inspection'), ('opinion', 'Answer to an opinion or complaint'), ('written_reply', 'Written reply to a question'), ('rectification', 'Rectification'), ('supervision', 'Overdue rectification to be followed up'), ('acceptance', 'Acceptance check'), ('objection', 'Decision on an objection'), ('recheck', 'Re-check after rectification'), ('daily_score', 'Daily score'), ('summary', 'Summary')], max_length=16, verbose_name='kind')),
                ('enrolment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='obligations', to='campaign.enrolment')),
                ('key', models.CharField(max_length=80)),
                ('due_on', models.DateField(verbose_name='due on')),
                ('due_unit', models.CharField(choices=[('fixed', 'a fixed day'), ('calendar', 'calendar days'), ('working', 'working days')], default='fixed', max_length=8)),
                ('counted_from', models.DateField(null=True)),
                ('counted_days', models.PositiveSmallIntegerField(null=True)),
                ('due_before', models.DateField(null=True)),
                ('moved_because', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'open'), ('met', 'met'), ('waived', 'waived')], default='open', max_length=6, verbose_name='state')),
                ('met_at', models.DateTimeField(null=True, verbose_name='met at')),
                ('waived_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('waived_because', models.TextField(blank=True, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'obligation',
                'ordering': ['due_on', 'pk'],
                'indexes': [models.Index(fields=['state', 'due_on'], name='campaign_ob_state_776284_idx'), models.Index(fields=['organisation', 'state'], name='campaign_ob_organis_52ed0b_idx')],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'key'), name='one_obligation_per_key'), models.CheckConstraint(condition=models.Q(('kind__in', ['receipt', 'registry', 'plan', 'commitments', 'self_inspection', 'opinion', 'written_reply', 'rectification', 'supervision', 'acceptance', 'objection', 'recheck', 'daily_score', 'summary'])), name='obligation_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('met_at__isnull', False), ('state', 'met')), models.Q(('met_at', None), ('state__in', ['open', 'waived'])), _connector='OR'), name='obligation_met_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'waived'), models.Q(('waived_because', ''), _negated=True)), models.Q(models.Q(('state', 'waived'), _negated=True), ('waived_because', '')), _connector='OR'), name='obligation_waived_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('counted_days', None), ('counted_from', None), ('due_unit', 'fixed')), models.Q(('counted_days__isnull', False), ('counted_from__isnull', False), ('due_unit__in', ['calendar', 'working'])), _connector='OR'), name='obligation_day_counted_or_fixed')],
            },
        ),
        migrations.CreateModel(
            name='NoticeFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(upload_to=campaign.models.paper.random_name, verbose_name='file')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveIntegerField(verbose_name='size')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded at')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='campaign.campaign')),
            ],
            options={
                'verbose_name': 'attachment of the notice',
                'ordering': ['pk'],
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='PaperFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(upload_to=campaign.models.paper.random_name, verbose_name='file')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveIntegerField(verbose_name='size')),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded at')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'verbose_name': 'file of a paper',
                'ordering': ['pk'],
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='campaign.campaign')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
            ],
            options={
                'verbose_name': 'receipt of the notice',
                'ordering': ['organisation__path'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'organisation'), name='one_receipt_a_bureau')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ReminderStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_steps', to='campaign.campaign')),
                ('offset_days', models.SmallIntegerField(verbose_name='days after the due day')),
                ('repeat_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='then every … days')),
            ],
            options={
                'ordering': ['offset_days'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'offset_days'), name='one_step_an_offset')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('obligation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='campaign.obligation')),
                ('step_day', models.DateField(verbose_name='step')),
                ('own', models.BooleanField(default=True)),
                ('notice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='deliveries.notice')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='deliveries.delivery')),
            ],
            options={
                'verbose_name': 'reminder',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(fields=('user', 'obligation', 'step_day'), name='one_reminder_per_person_and_step')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ReminderPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reminder_preference', to=settings.AUTH_USER_MODEL)),
                ('mail_before_due', models.BooleanField(default=True, verbose_name='Also send me mail about what is not overdue')),
            ],
            options={
                'verbose_name': 'reminder preference',
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feed', to=settings.AUTH_USER_MODEL)),
                ('secret_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='made at')),
            ],
            options={
                'verbose_name': 'calendar feed',
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='ObligationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='obligation_rules', to='campaign.campaign')),
                ('kind', models.CharField(choices=[('receipt', 'Receipt of the notice'), ('registry', 'Station data'), ('plan', 'Plan'), ('commitments', 'Commitments'), ('self_inspection', 'Self-inspection'), ('opinion', 'Answer to an opinion or complaint'), ('written_reply', 'Written reply to a question'), ('rectification', 'Rectification'), ('supervision', 'Overdue rectification to be followed up'), ('acceptance', 'Acceptance check'), ('objection', 'Decision on an objection'), ('recheck', 'Re-check after rectification'), ('daily_score', 'Daily score'), ('summary', 'Summary')], max_length=16, verbose_name='kind')),
                ('unit', models.CharField(choices=[('fixed', 'a fixed day'), ('calendar', 'calendar days'), ('working', 'working days')], default='fixed', max_length=8, verbose_name='unit')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days')),
            ],
            options={
                'ordering': ['due_on', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'kind'), name='one_due_day_a_kind'), models.CheckConstraint(condition=models.Q(('kind__in', ['receipt', 'registry', 'plan', 'commitments', 'self_inspection', 'opinion', 'written_reply', 'rectification', 'supervision', 'acceptance', 'objection', 'recheck', 'daily_score', 'summary'])), name='rule_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('days', None), ('due_on__isnull', False), ('unit', 'fixed')), models.Q(('days__gt', 0), ('due_on', None), ('unit__in', ['calendar', 'working'])), _connector='OR'), name='rule_day_counted_or_fixed')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='campaign.campaign')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='accounts.organisation')),
                ('kind', models.CharField(choices=[('plan', 'Plan'), ('summary', 'Summary')], max_length=8, verbose_name='kind')),
                ('text', models.TextField(verbose_name='text')),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaign.paperfile', verbose_name='file')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('returned', 'returned'), ('accepted', 'accepted')], default='draft', max_length=10, verbose_name='state')),
                ('submitted_at', models.DateTimeField(null=True, verbose_name='submitted at')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review_reason', models.TextField(blank=True, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'submission',
                'ordering': ['organisation__path', 'kind'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'organisation', 'kind'), name='one_submission_of_a_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'submitted', 'returned', 'accepted'])), name='submission_state_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='SubmissionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='campaign.submission')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('text', models.TextField(verbose_name='text')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaign.paperfile')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submitted_at', models.DateTimeField(verbose_name='submitted at')),
                ('due_on', models.DateField(null=True, verbose_name='due on')),
                ('decision', models.CharField(blank=True, choices=[('accepted', 'accepted'), ('returned', 'returned')], max_length=10, verbose_name='decision')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'version of a paper',
                'ordering': ['submission', 'number'],
                'constraints': [models.UniqueConstraint(fields=('submission', 'number'), name='one_version_a_number'), models.CheckConstraint(condition=models.Q(('decision__in', ['', 'accepted', 'returned'])), name='version_decision_known')],
                'indexes': [],
            },
        ),
    ]
