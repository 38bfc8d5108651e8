"""Changes of the register are numbered in the order in which they are committed: whoever reads on misses none."""

from django.db import migrations

# The register's lock (operations.residents.REGISTER_LOCK), held until the end of the transaction. Its writers hold it already;
# a statement's trigger comes before the statement draws its numbers.
IN_ORDER = """
CREATE FUNCTION screening_change_takes_its_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1414677831);
    RETURN NULL;
END $$;
CREATE TRIGGER screening_resident_change_takes_its_turn BEFORE INSERT ON screening_resident_change
    FOR EACH STATEMENT EXECUTE FUNCTION screening_change_takes_its_turn();
"""


class Migration(migrations.Migration):
    """Let nobody number a change beside somebody else."""

    dependencies = [("screening", "0010_districts")]
    operations = [
        migrations.RunSQL(
            IN_ORDER,
            "DROP TRIGGER screening_resident_change_takes_its_turn ON screening_resident_change;"
            " DROP FUNCTION screening_change_takes_its_turn()",
        ),
    ]
