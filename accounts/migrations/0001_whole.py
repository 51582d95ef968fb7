import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from accounts import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def remove(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):

    # One step for an empty database; one that took the steps it replaces stays as it is.
    replaces = [('accounts', '0001_initial'), ('accounts', '0002_audit_seals'), ('accounts', '0003_accounts_of_people'), ('accounts', '0004_security_rules'), ('accounts', '0005_audit_archives')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='code')),
                ('kind', models.CharField(choices=[('province', 'Province'), ('prefecture', 'Prefecture'), ('county', 'County bureau'), ('station', 'Station')], max_length=12, verbose_name='kind')),
                ('name_zh', models.CharField(max_length=80, verbose_name='name in Chinese')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='name in English')),
                ('supervisor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subordinates', to='accounts.organisation', verbose_name='supervisor')),
                ('path', models.CharField(db_index=True, max_length=100, unique=True)),
                ('active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'organisation',
                'ordering': ['path'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['province', 'prefecture', 'county', 'station'])), name='organisation_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'province'), ('supervisor', None)), models.Q(models.Q(('kind', 'province'), _negated=True), ('supervisor__isnull', False)), _connector='OR'), name='organisation_supervised_below_province')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=20, verbose_name='phone')),
                ('language', models.CharField(default='zh-hans', max_length=10, verbose_name='language')),
                ('is_demonstration', models.BooleanField(default=False)),
                ('must_change_password', models.BooleanField(default=False)),
                ('password_set_at', models.DateTimeField(null=True)),
                ('second_factor', models.BooleanField(default=False)),
                ('session_round', models.PositiveIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=1)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='accounts.organisation', verbose_name='organisation')),
                ('role', models.CharField(choices=[('province_admin', 'Provincial administrator'), ('province_officer', 'Provincial officer'), ('prefecture_officer', 'Prefecture officer'), ('county_officer', 'County officer'), ('station_officer', 'Station officer'), ('assessor', 'Assessor'), ('leader', 'Leader'), ('auditor', 'Auditor'), ('system_admin', 'System administrator')], max_length=20, verbose_name='role')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'membership',
                'constraints': [models.UniqueConstraint(fields=('user', 'organisation', 'role'), name='one_membership_per_role'), models.CheckConstraint(condition=models.Q(('role__in', ['province_admin', 'province_officer', 'prefecture_officer', 'county_officer', 'station_officer', 'assessor', 'leader', 'auditor', 'system_admin'])), name='membership_role_known')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='SecurityRules',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('password_length', models.PositiveSmallIntegerField(default=8, verbose_name='least length of a password')),
                ('password_classes', models.PositiveSmallIntegerField(default=3, help_text='of capital letters, small letters, digits, signs', verbose_name='kinds of characters at least')),
                ('password_history', models.PositiveSmallIntegerField(default=5, verbose_name='former passwords that cannot be used again')),
                ('password_days', models.PositiveSmallIntegerField(default=90, help_text='0: it never has to be changed', verbose_name='days until a password must be changed')),
                ('lock_after', models.PositiveSmallIntegerField(default=5, verbose_name='failed sign-ins until the account is locked from there')),
                ('lock_minutes', models.PositiveSmallIntegerField(default=30, verbose_name='minutes for which it is locked')),
                ('idle_minutes', models.PositiveSmallIntegerField(default=30, verbose_name='minutes without activity until one is signed out')),
                ('one_session', models.BooleanField(default=False, verbose_name='one sign-in at a time: a new one ends the others')),
                ('second_factor_roles', models.JSONField(blank=True, default=list, verbose_name='roles that need a second factor')),
                ('retention_months', models.PositiveSmallIntegerField(default=12, help_text='at least 6 (Cybersecurity Law); older events move into an archive file', verbose_name='months that the audit trail stays in the database')),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'security rules',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_security_rules'), models.CheckConstraint(condition=models.Q(('password_classes__range', (1, 4)), ('password_length__range', (8, 64))), name='password_rules_possible'), models.CheckConstraint(condition=models.Q(('idle_minutes__gte', 1), ('lock_after__gte', 1), ('lock_minutes__gte', 1)), name='sign_in_rules_possible'), models.CheckConstraint(condition=models.Q(('retention_months__gte', 6)), name='trail_kept_six_months')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='PasswordRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_passwords', to=settings.AUTH_USER_MODEL)),
                ('password', models.CharField(max_length=128)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('began_at', models.DateTimeField(verbose_name='signed in')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='from address')),
                ('browser', models.CharField(blank=True, max_length=200, verbose_name='browser')),
            ],
            options={
                'ordering': ['-seen_at'],
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(blank=True, max_length=20)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('act', models.CharField(max_length=60)),
                ('target_type', models.CharField(blank=True, max_length=40)),
                ('target_id', models.CharField(blank=True, max_length=40)),
                ('target', models.CharField(blank=True, max_length=200)),
                ('before', models.JSONField(blank=True, default=dict)),
                ('after', models.JSONField(blank=True, default=dict)),
                ('reason', models.TextField(blank=True)),
                ('address', models.GenericIPAddressField(null=True)),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['target_type', 'target_id'], name='accounts_au_target__6d660f_idx'), models.Index(fields=['act', 'id'], name='audit_by_act'), models.Index(fields=['at'], name='audit_by_time')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('first_event', models.BigIntegerField()),
                ('last_event', models.BigIntegerField(unique=True)),
                ('event_count', models.PositiveIntegerField()),
                ('previous', models.CharField(max_length=64, unique=True)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('leaves', models.TextField()),
                ('sealed_at', models.DateTimeField()),
                ('day', models.DateField()),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(fields=['day', 'number', 'event_count'], name='audit_heads_by_day')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='AuditArchive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_seal', models.BigIntegerField()),
                ('last_seal', models.BigIntegerField(unique=True)),
                ('last_event', models.BigIntegerField(unique=True)),
                ('event_count', models.PositiveIntegerField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('name', models.CharField(max_length=80, unique=True)),
                ('sha256', models.CharField(max_length=64)),
                ('archived_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'archive of the audit trail',
                'ordering': ['-pk'],
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.RunPython(install, remove),
    ]
