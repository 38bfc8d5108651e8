from django.db import migrations

from tasuki.nodes.first_statistics import say_of_new_tables


class Migration(migrations.Migration):
    dependencies = [("network", "0011_self_limits")]

    operations = [
        say_of_new_tables(
            same={"network_issued_code": ["institution"], "network_permit": ["inquirer", "outcome"]}, empty={}
        )
    ]
