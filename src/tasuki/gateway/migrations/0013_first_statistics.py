from django.db import migrations

from tasuki.nodes.first_statistics import same_in_every_row


class Migration(migrations.Migration):
    dependencies = [("gateway", "0012_move_pieces")]

    operations = [
        same_in_every_row(
            {
                "gateway_person": ["institution"],
                "gateway_replica": ["institution"],
                "gateway_inquiry": ["institution"],
                "gateway_provision": ["institution", "outcome"],
                "gateway_correction": ["institution"],
                "gateway_record_correction": ["institution"],
            }
        )
    ]
