"""The evidence tables.

They have no Django models: every statement on them is written by hand, and none may be an UPDATE or a DELETE.
"""

from django.db import migrations

TABLES = """
CREATE TABLE evidence_entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The sealer goes by transactions, because numbers of entries are not committed in their order.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- Lengths apart from patterns: a counted repetition made these two checks cost as much as the insert itself.
    kind text NOT NULL CONSTRAINT evidence_entry_kind_is_a_word
        CHECK (octet_length(kind) BETWEEN 2 AND 40 AND kind ~ '^[a-z][a-z_]*$'),
    transaction_number text
        CONSTRAINT evidence_entry_transaction_number_is_plain
        CHECK (octet_length(transaction_number) <= 64 AND transaction_number ~ '^[0-9A-Za-z][0-9A-Za-z._:-]*$'),
    -- A time that the line of an export can hold.
    recorded_at timestamptz NOT NULL CONSTRAINT evidence_entry_recorded_at_is_a_date
        CHECK (recorded_at >= '1900-01-01Z' AND recorded_at < '9999-01-01Z'),
    body bytea NOT NULL CONSTRAINT evidence_entry_body_is_short CHECK (octet_length(body) BETWEEN 2 AND 65536)
);
CREATE INDEX evidence_entry_sealing_order ON evidence_entry (xid, entry_id);
CREATE INDEX evidence_entry_by_transaction_number ON evidence_entry (transaction_number, entry_id)
    WHERE transaction_number IS NOT NULL;

CREATE TABLE evidence_leaf (
    leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
    -- No foreign key: a row-wise check would halve the sealing rate, and the verifier finds a missing record anyway.
    entry_id bigint NOT NULL UNIQUE
);

CREATE TABLE evidence_tile (
    level smallint NOT NULL CHECK (level >= 0 AND level % 8 = 0),
    tile_index bigint NOT NULL CHECK (tile_index >= 0),
    width smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
    hashes bytea NOT NULL CHECK (octet_length(hashes) = width * 32),
    PRIMARY KEY (level, tile_index)
);
-- Hashes cannot be compressed; trying costs time at every seal.
ALTER TABLE evidence_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE evidence_checkpoint (
    tree_size bigint PRIMARY KEY CHECK (tree_size > 0),
    previous_size bigint NOT NULL UNIQUE CHECK (previous_size >= 0 AND previous_size < tree_size),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    signed_at timestamptz NOT NULL,
    note text NOT NULL,
    -- Every record of a smaller transaction is sealed; the number means something in this database cluster only.
    sealed_below xid8 NOT NULL,
    cluster bigint NOT NULL
);

CREATE TABLE evidence_witnessed (
    origin text NOT NULL,
    tree_size bigint NOT NULL CHECK (tree_size > 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (origin, tree_size)
);
"""

TRIGGERS = """
CREATE FUNCTION evidence_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: evidence is only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION evidence_tile_may_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level <> OLD.level OR NEW.tile_index <> OLD.tile_index
       OR substring(NEW.hashes FROM 1 FOR octet_length(OLD.hashes)) <> OLD.hashes THEN
        RAISE EXCEPTION 'UPDATE on evidence_tile refused: written hashes never change'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER evidence_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_entry
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_leaf_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_checkpoint_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_witnessed_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_witnessed
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_tile_is_not_removed BEFORE DELETE OR TRUNCATE ON evidence_tile
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
CREATE TRIGGER evidence_tile_grows BEFORE UPDATE ON evidence_tile
    FOR EACH ROW EXECUTE FUNCTION evidence_tile_may_grow();
"""


class Migration(migrations.Migration):
    """Create the log, with triggers that hold even for the owner of the tables."""

    initial = True
    dependencies: list[tuple[str, str]] = []

    # No way back: dropping evidence is not something a migration does.
    operations = [migrations.RunSQL(TABLES), migrations.RunSQL(TRIGGERS)]
