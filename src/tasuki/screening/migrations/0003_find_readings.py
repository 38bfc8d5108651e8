"""An index that finds a reading by any part of it."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0002_append_only'),
    ]

    operations = [
        # A trusted extension: the owner of the database may create it.
        TrigramExtension(),
        migrations.RemoveIndex(
            model_name='resident',
            name='screening_resident_kana',
        ),
        migrations.RemoveIndex(
            model_name='resident',
            name='screening_resident_name',
        ),
        migrations.AddIndex(
            model_name='resident',
            index=django.contrib.postgres.indexes.GinIndex(fields=['folded_kana'], name='screening_resident_kana', opclasses=['gin_trgm_ops']),
        ),
    ]
