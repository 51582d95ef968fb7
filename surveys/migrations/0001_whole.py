import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from surveys import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def remove(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('surveys', '0001_initial'), ('surveys', '0002_receipt_and_valid_share'), ('surveys', '0003_codes_batches_and_integrity')]

    initial = True

    dependencies = [
        ('accounts', '0001_whole'),
        ('campaign', '0001_whole'),
        ('evaluations', '0001_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='BallotBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaign.campaign')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='campaign.enrolment')),
                ('number', models.PositiveIntegerField(verbose_name='batch')),
                ('kind', models.CharField(choices=[('codes', 'one-time codes'), ('paper', 'paper ballots'), ('import', 'workbook')], max_length=8, verbose_name='kind')),
                ('state', models.CharField(choices=[('open', 'open'), ('counted', 'counted'), ('closed', 'closed')], default='open', max_length=8, verbose_name='state')),
                ('group', models.CharField(blank=True, max_length=12, verbose_name='respondent group')),
                ('note', models.CharField(blank=True, max_length=120, verbose_name='note')),
                ('issued', models.PositiveIntegerField(verbose_name='issued')),
                ('handed_out', models.PositiveIntegerField(default=0, verbose_name='handed out')),
                ('returned', models.PositiveIntegerField(default=0, verbose_name='returned')),
                ('void', models.PositiveIntegerField(default=0, verbose_name='void')),
                ('repaired', models.PositiveIntegerField(default=0)),
                ('frame_size', models.PositiveIntegerField(null=True)),
                ('frame_digest', models.CharField(blank=True, max_length=64)),
                ('seed', models.CharField(blank=True, max_length=32)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
            ],
            options={
                'verbose_name': 'ballot batch',
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'number'), name='one_batch_a_number'), models.CheckConstraint(condition=models.Q(('kind__in', ['codes', 'paper', 'import'])), name='batch_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'counted', 'closed'])), name='batch_state_known'), models.CheckConstraint(condition=models.Q(('issued__gt', 0)), name='batch_issues_something'), models.CheckConstraint(condition=models.Q(('handed_out__lte', models.F('issued'))), name='batch_hands_out_what_is_issued'), models.CheckConstraint(condition=models.Q(('returned__lte', models.F('handed_out'))), name='batch_returns_what_was_handed_out'), models.CheckConstraint(condition=models.Q(('void__lte', models.F('issued'))), name='batch_void_of_issued')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='surveys.ballotbatch')),
                ('code_digest', models.CharField(max_length=32, unique=True)),
                ('state', models.CharField(choices=[('issued', 'issued'), ('used', 'used'), ('void', 'void')], default='issued', max_length=8)),
            ],
            options={
                'verbose_name': 'one-time code',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['issued', 'used', 'void'])), name='invitation_state_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='PaperSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sheets', to='surveys.ballotbatch')),
                ('number', models.PositiveIntegerField(verbose_name='sheet')),
                ('typing', models.PositiveSmallIntegerField()),
                ('is_void', models.BooleanField(default=False, verbose_name='void')),
                ('group', models.CharField(blank=True, max_length=12, verbose_name='respondent group')),
                ('answers', models.CharField(blank=True, max_length=40)),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('typed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'paper ballot',
                'ordering': ['number', 'typing'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'number', 'typing'), name='one_sheet_a_number_and_typing'), models.CheckConstraint(condition=models.Q(('typing__in', (1, 2))), name='sheet_typed_twice')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='BallotRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ballot_rules', to='campaign.campaign')),
                ('fast_seconds', models.PositiveSmallIntegerField(default=20, verbose_name='answered too fast: less than so many seconds')),
                ('least_ballots', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MinValueValidator(5)], verbose_name='shares are judged from so many ballots on')),
                ('straight_percent', models.PositiveSmallIntegerField(default=95, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='straight lines: percent of ballots with one answer throughout')),
                ('closing_percent', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='near closing: percent of ballots on the last day')),
                ('gap_points', models.PositiveSmallIntegerField(default=20, verbose_name='paper against online: gap in percent satisfied')),
                ('challenge_bits', models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MaxValueValidator(22)], verbose_name='work asked for under suspicion, in bits')),
                ('challenge_seconds', models.PositiveSmallIntegerField(default=20, verbose_name='or so many seconds to wait')),
                ('mix_every', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MinValueValidator(5)], verbose_name='ballots are mixed when so many are new')),
            ],
            options={
                'verbose_name': 'rules of ballot integrity',
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='BallotFlag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='flags', to='campaign.enrolment')),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='flags', to='surveys.ballotbatch')),
                ('kind', models.CharField(choices=[('burst', 'burst'), ('network', 'one network'), ('device', 'one device'), ('fast', 'too fast'), ('straight', 'straight lines'), ('closing', 'near closing'), ('perfect', 'implausible 100%'), ('gap', 'paper against online')], max_length=10, verbose_name='flag')),
                ('day', models.DateField(null=True, verbose_name='day')),
                ('ballots', models.PositiveIntegerField(verbose_name='ballots')),
                ('measured', models.DecimalField(decimal_places=1, max_digits=7, verbose_name='measured')),
                ('limit', models.DecimalField(decimal_places=1, max_digits=7, verbose_name='limit')),
                ('state', models.CharField(choices=[('open', 'open'), ('proposed', 'setting aside proposed'), ('settled', 'settled')], default='open', max_length=10, verbose_name='state')),
                ('outcome', models.TextField(blank=True, verbose_name='outcome')),
                ('raised_at', models.DateTimeField(verbose_name='raised at')),
                ('key', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'verbose_name': 'flag on ballots',
                'ordering': ['-raised_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['burst', 'network', 'device', 'fast', 'straight', 'closing', 'perfect', 'gap'])), name='flag_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'proposed', 'settled'])), name='flag_state_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Quarantine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quarantines', to='campaign.enrolment')),
                ('flag', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quarantines', to='surveys.ballotflag')),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('rejected', 'rejected'), ('in_effect', 'in effect'), ('lifted', 'lifted')], default='proposed', max_length=10, verbose_name='state')),
                ('ballots', models.PositiveIntegerField(default=0, verbose_name='ballots set aside')),
                ('reason', models.TextField(verbose_name='reason')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decision', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'quarantine of ballots',
                'ordering': ['-proposed_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('proposed', 'in_effect'))), fields=('flag',), name='one_running_quarantine_a_flag'), models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'rejected', 'in_effect', 'lifted'])), name='quarantine_state_known'), models.CheckConstraint(condition=models.Q(('state', 'proposed'), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='quarantine_decided_by_somebody'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='quarantine_of_two_people')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Questionnaire',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questionnaires', to='campaign.campaign')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('frozen_at', models.DateTimeField(null=True)),
                ('valid_share', models.DecimalField(decimal_places=3, default=Decimal('0.8'), max_digits=4, verbose_name='share of scored questions that a valid ballot answers')),
                ('digest', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'verbose_name': 'questionnaire',
                'constraints': [models.UniqueConstraint(fields=('campaign', 'version'), name='one_questionnaire_a_version'), models.CheckConstraint(condition=models.Q(('valid_share__gt', 0), ('valid_share__lte', 1)), name='questionnaire_share_between_0_and_1')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Scale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scales', to='surveys.questionnaire')),
                ('code', models.CharField(max_length=8, verbose_name='code')),
            ],
            options={
                'verbose_name': 'scale',
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('questionnaire', 'code'), name='one_scale_a_code')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ScaleOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='surveys.scale')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('text_zh', models.CharField(max_length=40, verbose_name='text in Chinese')),
                ('text_en', models.CharField(max_length=60, verbose_name='text in English')),
                ('counts', models.BooleanField(verbose_name='counts')),
                ('satisfied', models.BooleanField(verbose_name='satisfied')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('scale', 'number'), name='one_option_a_number'), models.CheckConstraint(condition=models.Q(('number__range', (1, 9))), name='option_number_one_digit')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='surveys.questionnaire')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('area_number', models.PositiveSmallIntegerField(verbose_name='area')),
                ('area_zh', models.CharField(max_length=40, verbose_name='area in Chinese')),
                ('area_en', models.CharField(max_length=80, verbose_name='area in English')),
                ('type', models.CharField(choices=[('single', 'single choice'), ('yesno', 'yes or no'), ('text', 'text')], max_length=8, verbose_name='type')),
                ('text_zh', models.TextField(verbose_name='text in Chinese')),
                ('text_en', models.TextField(verbose_name='text in English')),
                ('weight', models.DecimalField(decimal_places=2, max_digits=6, verbose_name='weight')),
                ('scale', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.scale')),
                ('required', models.BooleanField(verbose_name='required')),
            ],
            options={
                'verbose_name': 'question',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('questionnaire', 'number'), name='one_question_a_number'), models.CheckConstraint(condition=models.Q(('type__in', ['single', 'yesno', 'text'])), name='question_type_known'), models.CheckConstraint(condition=models.Q(('weight__gte', 0)), name='question_weight_not_negative'), models.CheckConstraint(condition=models.Q(('weight', 0), models.Q(('scale__isnull', False), ('type', 'single')), _connector='OR'), name='scored_question_has_scale')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='RespondentGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='surveys.questionnaire')),
                ('code', models.CharField(max_length=12, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField()),
                ('name_zh', models.CharField(max_length=40, verbose_name='name in Chinese')),
                ('name_en', models.CharField(max_length=80, verbose_name='name in English')),
                ('hint_zh', models.CharField(blank=True, max_length=80, verbose_name='who belongs to it, in Chinese')),
                ('quota', models.PositiveSmallIntegerField(default=30, verbose_name='ballots wanted per station')),
            ],
            options={
                'verbose_name': 'respondent group',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('questionnaire', 'code'), name='one_group_a_code')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Ballot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('enrolment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='campaign.enrolment')),
                ('questionnaire', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.questionnaire')),
                ('group', models.CharField(max_length=12)),
                ('answers', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('open', "station's QR code"), ('code', 'one-time code'), ('paper', 'paper'), ('import', 'import')], max_length=8)),
                ('day', models.DateField()),
                ('valid', models.BooleanField()),
                ('batch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='surveys.ballotbatch')),
                ('marks', models.CharField(blank=True, max_length=4)),
                ('set_aside', models.BooleanField(default=False)),
                ('quarantine', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surveys.quarantine')),
                ('mixed', models.BooleanField(default=False)),
                ('key_digest', models.CharField(max_length=32, unique=True)),
            ],
            options={
                'verbose_name': 'ballot',
                'indexes': [models.Index(fields=['enrolment', 'group'], include=('answers', 'valid', 'set_aside'), name='ballot_by_station_and_group'), models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='ballot_by_batch'), models.Index(condition=models.Q(('quarantine__isnull', False)), fields=['quarantine'], name='ballot_by_quarantine'), models.Index(condition=models.Q(('mixed', False)), fields=['enrolment'], name='ballot_unmixed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['open', 'code', 'paper', 'import'])), name='ballot_channel_known'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'code'), _negated=True), ('batch__isnull', False), _connector='OR'), name='ballot_code_has_batch'), models.CheckConstraint(condition=models.Q(models.Q(('quarantine__isnull', False), ('set_aside', True)), models.Q(('quarantine', None), ('set_aside', False)), _connector='OR'), name='ballot_set_aside_by_decision')],
            },
        ),
        migrations.CreateModel(
            name='SurveyComment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='campaign.enrolment')),
                ('text', models.TextField()),
                ('state', models.CharField(choices=[('new', 'to be screened'), ('shown', 'shown'), ('withheld', 'withheld')], default='new', max_length=8, verbose_name='state')),
                ('shown_text', models.TextField(blank=True)),
                ('screened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluations.finding')),
                ('mixed', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'comment',
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['new', 'shown', 'withheld'])), name='comment_state_known'), models.CheckConstraint(condition=models.Q(('state', 'new'), ('screened_by__isnull', False), _connector='OR'), name='comment_screened_by_somebody')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaign.campaign')),
                ('code_digest', models.CharField(max_length=32, unique=True)),
                ('mixed', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'receipt',
                'indexes': [models.Index(condition=models.Q(('mixed', False)), fields=['campaign'], name='receipt_unmixed')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enrolment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lead', to='campaign.enrolment')),
                ('state', models.CharField(choices=[('open', 'open'), ('taken_up', 'taken up'), ('closed', 'closed')], default='open', max_length=10, verbose_name='state')),
                ('raised_on', models.DateField(verbose_name='raised on')),
                ('outcome', models.TextField(blank=True, verbose_name='outcome')),
                ('handled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evaluations.finding')),
            ],
            options={
                'verbose_name': 'lead',
                'ordering': ['raised_on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'taken_up', 'closed'])), name='lead_state_known')],
                'indexes': [],
            },
        ),
        migrations.RunPython(install, remove),
    ]
