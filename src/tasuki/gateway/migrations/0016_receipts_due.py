"""Keep in a table of its own of which inquiries the others are still to be told how they ended."""

from django.db import migrations, models

from tasuki.nodes.first_statistics import say_of_new_tables

_MOVE = """
INSERT INTO gateway_receipt_due (institution, transaction_number)
SELECT institution, transaction_number FROM gateway_inquiry WHERE receipt_due
"""
_MOVE_BACK = """
UPDATE gateway_inquiry i SET receipt_due = true FROM gateway_receipt_due d
WHERE d.institution = i.institution AND d.transaction_number = i.transaction_number
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0015_few_are_open")]

    operations = [
        migrations.CreateModel(
            name="ReceiptDue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "institution",
                        "transaction_number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("institution", models.TextField()),
                ("transaction_number", models.UUIDField()),
            ],
            options={
                "verbose_name": "受領の通知",
                "verbose_name_plural": "受領の通知",
                "db_table": "gateway_receipt_due",
            },
        ),
        say_of_new_tables(same={"gateway_receipt_due": ["institution"]}, empty={}),
        migrations.RunSQL(_MOVE, _MOVE_BACK),
        migrations.RemoveIndex(model_name="inquiry", name="gateway_inquiry_receipt"),
        migrations.RemoveField(model_name="inquiry", name="receipt_due"),
    ]
