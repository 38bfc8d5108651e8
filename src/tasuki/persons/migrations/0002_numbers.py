"""Where new 団体内統合宛名番号 come from: a sequence, so that no number is ever dealt twice."""

from django.db import migrations

FORWARD = "CREATE SEQUENCE persons_unified_number START 1 MAXVALUE 999999999999999"


class Migration(migrations.Migration):
    """Create the sequence."""

    dependencies = [("persons", "0001_initial")]

    # No way back: a sequence made anew would deal numbers that people hold.
    operations = [migrations.RunSQL(FORWARD)]
