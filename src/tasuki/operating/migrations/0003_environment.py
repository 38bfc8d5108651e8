"""Mark the database as its node's file says: real people are kept here, or fictitious ones only; for ever."""

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

GUARD = """
CREATE FUNCTION operating_environment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an environment never changes: make another node';
END $$;
CREATE TRIGGER operating_environment_stays BEFORE UPDATE OR DELETE ON operating_environment
    FOR EACH ROW EXECUTE FUNCTION operating_environment_stays();
CREATE TRIGGER operating_environment_stays_whole BEFORE TRUNCATE ON operating_environment
    FOR EACH STATEMENT EXECUTE FUNCTION operating_environment_stays();
"""
NO_GUARD = """
DROP TRIGGER operating_environment_stays_whole ON operating_environment;
DROP TRIGGER operating_environment_stays ON operating_environment;
DROP FUNCTION operating_environment_stays;
"""


def mark(apps, schema_editor):
    marks = apps.get_model("operating", "EnvironmentMark").objects.using(schema_editor.connection.alias)
    marks.create(environment=settings.NODE.environment.value, marked_at=timezone.now())


class Migration(migrations.Migration):
    """Add the mark, write it, and guard it."""

    dependencies = [("operating", "0002_peer_keys")]

    operations = [
        migrations.CreateModel(
            name="EnvironmentMark",
            fields=[
                ("is_only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("environment", models.TextField()),
                ("marked_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "環境の区分",
                "verbose_name_plural": "環境の区分",
                "db_table": "operating_environment",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("is_only", True)), name="operating_one_environment"),
                    models.CheckConstraint(
                        condition=models.Q(("environment__in", ["real", "dummy"])),
                        name="operating_environment_is_known",
                    ),
                ],
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
