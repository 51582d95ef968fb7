from django.db import migrations, models


def fill_areas(apps, schema_editor):
    """A finding on a criterion lies in the criterion's area."""
    Finding, Criterion = (apps.get_model("evaluations", name) for name in ("Finding", "Criterion"))
    area = Criterion.objects.filter(pk=models.OuterRef("criterion")).values("area")
    Finding.objects.filter(criterion__isnull=False).update(area=models.Subquery(area))


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0003_findings_and_later_days")]

    operations = [migrations.RunPython(fill_areas, migrations.RunPython.noop)]
