"""Replicas in several layout versions at once, and up to which version whoever asks reads."""

import django.contrib.postgres.fields
from django.db import migrations, models

_KEY = ("institution", "unified_person_number", "data_set", "record_key")


def _primary_key(*columns: str) -> str:
    return (
        "ALTER TABLE gateway_replica DROP CONSTRAINT gateway_replica_pkey,"
        f" ADD CONSTRAINT gateway_replica_pkey PRIMARY KEY ({', '.join(columns)})"
    )


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0004_exchange_states'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_primary_key(*_KEY, "layout_version"), _primary_key(*_KEY)),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='replica',
                    name='pk',
                    field=models.CompositePrimaryKey(
                        *_KEY, 'layout_version', blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name='inquiry',
            name='layouts',
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], default=list, size=None
            ),
        ),
    ]
