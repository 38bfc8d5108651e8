"""For whom the gateway was told to hold, so that it hears of the end as well."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('linkage', '0005_held_proposals'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToldHold',
            fields=[
                ('unified_person_number', models.TextField(primary_key=True, serialize=False)),
                ('told_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '自動応答不可の連絡',
                'verbose_name_plural': '自動応答不可の連絡',
                'db_table': 'linkage_told_hold',
            },
        ),
    ]
