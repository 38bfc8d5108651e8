from django.db import migrations

from tasuki.nodes.first_statistics import say_of_new_tables

_INSTITUTION = ["institution"]


class Migration(migrations.Migration):
    dependencies = [("gateway", "0012_move_pieces")]

    operations = [
        say_of_new_tables(
            same={
                "gateway_person": _INSTITUTION,
                "gateway_replica": _INSTITUTION,
                "gateway_inquiry": _INSTITUTION,
                "gateway_provision": [*_INSTITUTION, "outcome"],
                "gateway_correction": _INSTITUTION,
                "gateway_record_correction": _INSTITUTION,
            },
            empty={"gateway_replica": ["removed_at", "published_to"]},
        )
    ]
