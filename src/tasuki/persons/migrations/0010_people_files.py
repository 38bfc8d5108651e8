"""Files of people that come over a page, kept sealed until somebody decides about them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0009_service'),
    ]

    operations = [
        migrations.CreateModel(
            name='PeopleFile',
            fields=[
                ('file_id', models.UUIDField(primary_key=True, serialize=False)),
                ('system', models.TextField()),
                ('file_name', models.TextField()),
                ('sealed_content', models.BinaryField(null=True)),
                ('state', models.TextField()),
                ('findings', models.JSONField(null=True)),
                ('work_id', models.UUIDField(null=True)),
                ('received_at', models.DateTimeField()),
                ('received_by', models.TextField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.TextField(default='')),
            ],
            options={
                'verbose_name': '宛名登録ファイル',
                'verbose_name_plural': '宛名登録ファイル',
                'db_table': 'persons_people_file',
                'indexes': [models.Index(fields=['-received_at'], name='persons_people_file_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('sealed_content__isnull', False), ('state__in', ['RECEIVED', 'CHECKED'])), models.Q(('ended_at__isnull', False), ('sealed_content__isnull', True), ('state__in', ['UNREADABLE', 'REGISTERED', 'DISCARDED', 'EXPIRED'])), _connector='OR'), name='persons_people_file_ends_empty')],
            },
        ),
    ]
