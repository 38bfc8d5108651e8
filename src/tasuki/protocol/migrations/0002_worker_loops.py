from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('protocol', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkerLoop',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('ended_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '定期処理',
                'verbose_name_plural': '定期処理',
                'db_table': 'protocol_worker_loop',
            },
        ),
    ]
