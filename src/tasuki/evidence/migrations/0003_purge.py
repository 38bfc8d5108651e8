"""Records of exchanges may go once their retention is over; their hashes, and so the tree, stay.

The rule stands in the database: whatever asks for it, a record goes only when it is sealed, belongs to an exchange, is
seven years old by the server's own clock, and the same transaction wrote down that it goes.
"""

from django.db import migrations

PURGE = """
-- Records lie nearly in the order of their time: this index costs an insert next to nothing.
CREATE INDEX evidence_entry_by_time ON evidence_entry USING brin (recorded_at);

CREATE FUNCTION evidence_entry_may_be_purged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.transaction_number IS NULL OR OLD.recorded_at >= now() - interval '7 years'
       OR NOT EXISTS (SELECT 1 FROM evidence_leaf l WHERE l.entry_id = OLD.entry_id) THEN
        RAISE EXCEPTION 'DELETE on evidence_entry refused: the record is still to be kept'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION evidence_purge_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM evidence_entry WHERE xid = pg_current_xact_id() AND kind = 'records_purged') THEN
        RAISE EXCEPTION '% on % refused: evidence is only ever added, or purged on record', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER evidence_entry_is_append_only ON evidence_entry;
CREATE TRIGGER evidence_entry_is_append_only BEFORE UPDATE OR TRUNCATE ON evidence_entry
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_entry_is_purged_on_record BEFORE DELETE ON evidence_entry
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_purge_is_recorded();
CREATE TRIGGER evidence_entry_is_kept BEFORE DELETE ON evidence_entry
    FOR EACH ROW EXECUTE FUNCTION evidence_entry_may_be_purged();

-- The application's role has no DELETE on the table; this is its only way, and the trigger above judges each row.
CREATE FUNCTION evidence_purge(entries bigint[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM evidence_entry WHERE entry_id = ANY (entries);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    """Allow, and only allow, the purge of exchange records whose retention is over."""

    dependencies = [("evidence", "0002_alarms")]
    # No way back: what was purged does not return.
    operations = [migrations.RunSQL(PURGE)]
