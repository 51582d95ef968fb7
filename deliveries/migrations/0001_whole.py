import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('deliveries', '0001_initial'), ('deliveries', '0002_repeated_reminders'), ('deliveries', '0003_confidential_messages'), ('deliveries', '0004_papers'), ('deliveries', '0005_notices_and_quiet_hours')]

    initial = True

    dependencies = [
        ('accounts', '0001_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('reminder', 'Reminder'), ('change', 'Change of a deadline'), ('report', 'Report'), ('secret', 'Sign-in link'), ('other', 'Other')], max_length=12, verbose_name='kind')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to=settings.AUTH_USER_MODEL)),
                ('address', models.EmailField(max_length=254, verbose_name='address')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('text', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('attachment', models.CharField(blank=True, max_length=200)),
                ('attachment_name', models.CharField(blank=True, max_length=120)),
                ('unsubscribe', models.CharField(blank=True, max_length=300)),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('state', models.CharField(choices=[('planned', 'planned'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed'), ('unsure', 'undecided'), ('bounced', 'bounced')], db_index=True, default='planned', max_length=8, verbose_name='state')),
                ('planned_at', models.DateTimeField(verbose_name='planned at')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent at')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('try_after', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('repeated', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'delivery',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'sending', 'sent', 'failed', 'unsure', 'bounced'])), name='delivery_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state__in', ['sent', 'bounced'])), models.Q(models.Q(('state__in', ['sent', 'bounced']), _negated=True), ('sent_at', None)), _connector='OR'), name='delivery_sent_has_time')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='QuietHours',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.TimeField(verbose_name='from')),
                ('ends_at', models.TimeField(verbose_name='until')),
            ],
            options={
                'verbose_name': 'quiet hours',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_quiet_hours'), models.CheckConstraint(condition=models.Q(('starts_at', models.F('ends_at')), _negated=True), name='quiet_hours_end')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('text', models.TextField()),
                ('address', models.CharField(blank=True, max_length=200)),
                ('told_at', models.DateTimeField(verbose_name='told at')),
                ('read_at', models.DateTimeField(null=True, verbose_name='read at')),
            ],
            options={
                'verbose_name': 'notice',
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['user', 'read_at'], name='notices_unread')],
                'constraints': [],
            },
        ),
    ]
