from django.db import migrations

from tasuki.nodes.first_statistics import say_of_new_tables


class Migration(migrations.Migration):
    """Have the index of what is open looked at for it, rather than all inquiries of an institution by their time."""

    dependencies = [("gateway", "0014_room_for_outcomes")]

    operations = [say_of_new_tables(same={}, empty={"gateway_inquiry": ["next_attempt_at"]})]
