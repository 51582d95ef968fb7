"""Rows made and written as at the database's own prompt: by no act, and keeping no rule."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from django.db import connection, models

from tests.factories import NOW


@contextmanager
def without_rules():
    """As somebody at the database's own prompt, who keeps no rule of the rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def another_value(field, value):
    """A value that the field does not have now."""
    if isinstance(field, models.ForeignKey):
        return None if value else field.related_model._base_manager.values_list("pk").first()[0]
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField | models.DateField):
        return value + timedelta(days=1) if value else NOW
    if isinstance(field, models.IntegerField):
        return (value or 0) + 1000  # far from its neighbours, which may have to differ
    if isinstance(field, models.DecimalField):
        return (value or 0) + 1
    if isinstance(field, models.TimeField):
        return value.replace(hour=(value.hour + 1) % 24)
    if isinstance(field, models.UUIDField):
        return uuid4()
    if isinstance(field, models.JSONField):
        return {"changed": True}
    return f"{value}x"[-(field.max_length or 100) :]


def made(model):
    """A row of a table that the world leaves empty, as at the database's prompt."""
    row = model()
    for field in model._meta.concrete_fields:
        given = (
            field.has_default() or field.null or field.blank or isinstance(field, models.AutoField)
        )
        if not given or isinstance(field, models.ForeignKey) and not field.null:
            setattr(row, field.attname, _a_value(field))
    with without_rules():
        row.save(force_insert=True)
    row.refresh_from_db()
    return row


def _a_value(field):
    if isinstance(field, models.ForeignKey):
        return (field.related_model._base_manager.first() or made(field.related_model)).pk
    if isinstance(field, models.DateTimeField):
        return NOW
    if isinstance(field, models.DateField):
        return NOW.date()
    if isinstance(field, models.TimeField):
        return NOW.time()
    if isinstance(field, models.IntegerField | models.DecimalField | models.BooleanField):
        return 1
    if isinstance(field, models.UUIDField):
        return uuid4()
    return field.choices[0][0] if field.choices else "x"


def put(row, field, value):
    """Write a column as it is at the database's prompt."""
    if value is None:
        statement, values = f'SET "{field.column}" = NULL', []
    else:
        statement, values = (
            f'SET "{field.column}" = %s',
            [field.get_db_prep_save(value, connection)],
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{row._meta.db_table}" {statement} WHERE "{row._meta.pk.column}" = %s',
            [*values, row.pk],
        )
