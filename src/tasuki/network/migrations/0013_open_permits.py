"""Keep in a table of its own which permits are open; leave room beside each record for how it ended.

What is added to a record then fits without a new entry in any index.
"""

from django.db import migrations, models

_FILL = """
INSERT INTO network_open_permit (transaction_number, valid_until)
SELECT transaction_number, valid_until FROM network_permit WHERE outcome = '' AND valid_until IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("network", "0012_first_statistics")]

    operations = [
        migrations.CreateModel(
            name="OpenPermit",
            fields=[
                ("transaction_number", models.UUIDField(primary_key=True, serialize=False)),
                ("valid_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "結果待ちの許可",
                "verbose_name_plural": "結果待ちの許可",
                "db_table": "network_open_permit",
                "indexes": [models.Index(fields=["valid_until"], name="network_open_permit_end")],
            },
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="permitrecord", name="network_permit_open"),
        migrations.RunSQL(
            "ALTER TABLE network_permit SET (fillfactor = 55)", "ALTER TABLE network_permit RESET (fillfactor)"
        ),
    ]
