"""Findings of a questionnaire do not tell whether a comment or a lead stands behind them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluations', '0009_rights_are_told'),
    ]

    operations = [
        migrations.AlterField(
            model_name='finding',
            name='source',
            field=models.CharField(choices=[('self_inspection', 'self-inspection'), ('opinion', 'opinion'), ('complaint', 'complaint'), ('meeting', 'review meeting'), ('survey', 'questionnaire'), ('acceptance', 'acceptance check'), ('spot_check', 'spot check'), ('secret_visit', 'secret visit'), ('commitment', 'broken commitment')], max_length=16, verbose_name='source'),
        ),
    ]
