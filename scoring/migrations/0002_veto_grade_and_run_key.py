from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaign', '0001_initial'),
        ('scoring', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='scorerun',
            name='key',
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name='scoringpolicy',
            name='veto_grade',
            field=models.CharField(choices=[('excellent', 'excellent'), ('good', 'good'), ('qualified', 'qualified'), ('unqualified', 'unqualified')], default='unqualified', max_length=12, verbose_name='best grade under a veto'),
        ),
        migrations.AddConstraint(
            model_name='policygroup',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__gte', 5)), name='group_minimum_hides_a_person'),
        ),
        migrations.AddConstraint(
            model_name='scoringpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('places__lte', 2)), name='policy_places_at_most_2'),
        ),
    ]
