"""Leave room beside each provision: how it ended is added to every one, and fits without a new entry in any index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gateway", "0013_first_statistics")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE gateway_provision SET (fillfactor = 55)", "ALTER TABLE gateway_provision RESET (fillfactor)"
        )
    ]
