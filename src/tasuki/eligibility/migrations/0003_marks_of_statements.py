"""One mark for each statement instead of one for each person: an import of a file leaves one row, not thousands."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TO_LISTS = """
ALTER TABLE eligibility_change ALTER COLUMN system_person_number TYPE text[] USING ARRAY[system_person_number];
ALTER TABLE eligibility_change RENAME COLUMN system_person_number TO system_person_numbers;
"""
TO_PEOPLE = """
ALTER TABLE eligibility_change RENAME COLUMN system_person_numbers TO system_person_number;
CREATE TEMPORARY TABLE eligibility_marks ON COMMIT DROP AS
    SELECT DISTINCT unnest(system_person_number) AS marked FROM eligibility_change;
DELETE FROM eligibility_change;
ALTER TABLE eligibility_change ALTER COLUMN system_person_number TYPE text USING '';
INSERT INTO eligibility_change (system_person_number) SELECT marked FROM eligibility_marks;
"""
MARK = """
CREATE OR REPLACE FUNCTION eligibility_mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO eligibility_change ({column})
    SELECT {people} FROM changed_rows {only};
    RETURN NULL;
END $$;
"""
OF_STATEMENTS = MARK.format(
    column="system_person_numbers", people="array_agg(system_person_number)", only="HAVING count(*) > 0"
)
OF_PEOPLE = MARK.format(column="system_person_number", people="DISTINCT system_person_number", only="")


class Migration(migrations.Migration):
    """Let a mark name everybody a statement touched."""

    dependencies = [("eligibility", "0002_guards")]

    operations = [
        migrations.RunSQL(
            TO_LISTS,
            TO_PEOPLE,
            state_operations=[
                migrations.RenameField("Change", "system_person_number", "system_person_numbers"),
                migrations.AlterField("Change", "system_person_numbers", ArrayField(models.TextField())),
            ],
        ),
        migrations.RunSQL(OF_STATEMENTS, OF_PEOPLE),
    ]
