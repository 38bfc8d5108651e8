from django.db import migrations

from tasuki.nodes.first_statistics import same_in_every_row


class Migration(migrations.Migration):
    dependencies = [("network", "0011_self_limits")]

    operations = [
        same_in_every_row({"network_issued_code": ["institution"], "network_permit": ["inquirer", "outcome"]})
    ]
