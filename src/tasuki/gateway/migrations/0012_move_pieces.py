"""How far a package was taken in, so that an interrupted import goes on where it stopped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add both columns; code of before leaves them as they are."""

    dependencies = [("gateway", "0011_record_corrections")]

    operations = [
        migrations.AddField("move", "package", models.TextField(default="", db_default="")),
        migrations.AddField("move", "parts", models.IntegerField(default=0, db_default=0)),
    ]
