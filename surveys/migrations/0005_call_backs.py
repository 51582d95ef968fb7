"""People drawn for a batch are called back, and what they said may raise a flag."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaign', '0007_lead_rules'),
        ('surveys', '0004_replacements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CallBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('drawn', 'drawn'), ('noted', 'noted')], default='drawn', max_length=8, verbose_name='state')),
                ('size', models.PositiveSmallIntegerField(verbose_name='people to call')),
                ('seed', models.CharField(max_length=32)),
                ('drawn_at', models.DateTimeField(verbose_name='drawn at')),
                ('reached', models.PositiveSmallIntegerField(default=0, verbose_name='reached')),
                ('without_code', models.PositiveSmallIntegerField(default=0, verbose_name='never got a code')),
                ('by_others', models.PositiveSmallIntegerField(default=0, verbose_name='somebody else kept or used it')),
                ('noted_at', models.DateTimeField(null=True, verbose_name='noted at')),
            ],
            options={
                'verbose_name': 'call-back',
                'ordering': ['-drawn_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='ballotflag',
            name='flag_kind_known',
        ),
        migrations.AlterField(
            model_name='ballotflag',
            name='kind',
            field=models.CharField(choices=[('burst', 'burst'), ('network', 'one network'), ('device', 'one device'), ('fast', 'too fast'), ('straight', 'straight lines'), ('closing', 'near closing'), ('perfect', 'implausible 100%'), ('gap', 'paper against online'), ('call_back', 'call-back')], max_length=10, verbose_name='flag'),
        ),
        migrations.AddConstraint(
            model_name='ballotflag',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['burst', 'network', 'device', 'fast', 'straight', 'closing', 'perfect', 'gap', 'call_back'])), name='flag_kind_known'),
        ),
        migrations.AddField(
            model_name='callback',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_backs', to='surveys.ballotbatch'),
        ),
        migrations.AddField(
            model_name='callback',
            name='drawn_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='callback',
            name='noted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['drawn', 'noted'])), name='call_back_state_known'),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.CheckConstraint(condition=models.Q(('reached__lte', models.F('size'))), name='call_back_of_drawn'),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.CheckConstraint(condition=models.Q(('reached__gte', django.db.models.expressions.CombinedExpression(models.F('without_code'), '+', models.F('by_others')))), name='call_back_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'drawn'), models.Q(('noted_at__isnull', False), ('noted_by__isnull', False)), _connector='OR'), name='call_back_noted_by_somebody'),
        ),
    ]
