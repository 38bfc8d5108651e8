"""History goes by an erasure that two others approved and that is on record, and in no other way.

Tables that are only ever added to keep refusing every change. The one exception stands in the database: a row goes only
when its person, result or letter is on the list of a request that two people approved, the gateway has been told, and
the same transaction wrote down in the evidence that it goes.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION erasure_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM evidence_entry WHERE xid = pg_current_xact_id() AND kind = 'records_erased') THEN
        RAISE EXCEPTION '% on % refused: history is only ever added, or erased on record', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- Arguments: column and kind of key, in pairs; one of them must be on the list.
CREATE FUNCTION erasure_may_take() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place int := 0;
    old_row jsonb := to_jsonb(OLD);
BEGIN
    WHILE place < TG_NARGS LOOP
        IF EXISTS (SELECT FROM erasure_item i JOIN erasure_request r USING (erasure_id)
                   WHERE i.kind = TG_ARGV[place + 1] AND i.key = old_row ->> TG_ARGV[place]
                     AND r.second_at IS NOT NULL AND r.told_at IS NOT NULL AND r.deleted_at IS NULL) THEN
            RETURN OLD;
        END IF;
        place := place + 2;
    END LOOP;
    RAISE EXCEPTION 'DELETE on % refused: no approved erasure lists the row', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- What two people approved is what goes: a list does not grow once somebody looked at it. What belongs to a listed
-- person, and was found when the erasure began, is added then.
CREATE FUNCTION erasure_list_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN erasure_request r USING (erasure_id)
               WHERE r.first_at IS NOT NULL AND (a.kind = r.subject OR r.told_at IS NULL OR r.deleted_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'the list of an erasure does not change once it was approved'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER erasure_list_stands AFTER INSERT ON erasure_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION erasure_list_stands();

DO $$
DECLARE
    guarded record;
    former record;
BEGIN
    FOR guarded IN SELECT * FROM (VALUES
        ('screening_contact_change', 'system_person_number', 'PERSON', '', ''),
        ('screening_resident_change', 'system_person_number', 'PERSON', '', ''),
        ('screening_import_row_change', 'batch_id', 'BATCH', '', ''),
        ('screening_result_history', 'result_id', 'RESULT', '', ''),
        ('followup_act', 'system_person_number', 'PERSON', 'result_id', 'RESULT'),
        ('letters_letter', 'system_person_number', 'PERSON', 'letter_id', 'LETTER'),
        ('invitations_coupon', 'system_person_number', 'PERSON', '', ''),
        ('invitations_left_out', 'system_person_number', 'PERSON', '', ''),
        ('invitations_refusal', 'system_person_number', 'PERSON', '', ''),
        ('invitations_reminder', 'system_person_number', 'PERSON', '', ''),
        ('invitations_target', 'system_person_number', 'PERSON', '', '')
    ) AS g(name, one, kind, other, other_kind) LOOP
        -- Statement triggers (bit 0 unset) that refuse a DELETE (bit 3) go on refusing the rest: UPDATE is bit 4.
        FOR former IN SELECT t.tgname, p.proname, t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE t.tgrelid = guarded.name::regclass AND NOT t.tgisinternal AND t.tgtype & 8 <> 0 AND t.tgtype & 1 = 0
        LOOP
            EXECUTE format('DROP TRIGGER %I ON %I', former.tgname, guarded.name);
            EXECUTE format('CREATE TRIGGER %I BEFORE %s TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                former.tgname, CASE WHEN former.tgtype & 16 <> 0 THEN 'UPDATE OR' ELSE '' END, guarded.name,
                former.proname);
        END LOOP;
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION erasure_is_recorded()',
            guarded.name || '_goes_on_record', guarded.name);
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION erasure_may_take(%s)',
            guarded.name || '_goes_by_erasure', guarded.name,
            concat_ws(', ', quote_literal(guarded.one), quote_literal(guarded.kind),
                quote_literal(nullif(guarded.other, '')), quote_literal(nullif(guarded.other_kind, ''))));
    END LOOP;
END $$;

-- The application's role has no DELETE on most of these; this is its only way, and the triggers judge each row.
CREATE FUNCTION erasure_take(asked uuid) RETURNS TABLE (name text, gone bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    place record;
BEGIN
    FOR place IN SELECT * FROM (VALUES
        ('screening_contact_change', 'system_person_number', 'PERSON', 'text'),
        ('screening_resident_change', 'system_person_number', 'PERSON', 'text'),
        ('screening_import_row_change', 'batch_id', 'BATCH', 'uuid'),
        ('screening_result_history', 'result_id', 'RESULT', 'uuid'),
        ('followup_act', 'system_person_number', 'PERSON', 'text'),
        ('followup_act', 'result_id', 'RESULT', 'uuid'),
        ('letters_letter', 'system_person_number', 'PERSON', 'text'),
        ('letters_letter', 'letter_id', 'LETTER', 'uuid'),
        ('invitations_coupon', 'system_person_number', 'PERSON', 'text'),
        ('invitations_left_out', 'system_person_number', 'PERSON', 'text'),
        ('invitations_refusal', 'system_person_number', 'PERSON', 'text'),
        ('invitations_reminder', 'system_person_number', 'PERSON', 'text'),
        ('invitations_target', 'system_person_number', 'PERSON', 'text')
    ) AS p(name, held_in, kind, of_type) LOOP
        EXECUTE format('DELETE FROM %I WHERE %I IN (SELECT key::%s FROM erasure_item WHERE erasure_id = $1 AND kind = $2)',
            place.name, place.held_in, place.of_type) USING asked, place.kind;
        GET DIAGNOSTICS gone = ROW_COUNT;
        name := place.name;
        RETURN NEXT;
    END LOOP;
END $$;

DO $$
DECLARE of text;
BEGIN
    -- A session may make temporary tables of any name, and PostgreSQL would look among those first.
    FOREACH of IN ARRAY ARRAY['erasure_take(uuid)', 'erasure_may_take()', 'erasure_is_recorded()',
                              'erasure_list_stands()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', of, current_schema());
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Allow, and only allow, what was approved to go."""

    dependencies = [
        ("erasure", "0001_initial"),
        ("evidence", "0004_purge_search_path"),
        ("screening", "0009_protection"),
        ("followup", "0001_initial"),
        ("letters", "0004_wrong_links"),
        ("invitations", "0001_initial"),
    ]
    # No way back: dropping what guards a history is not something a migration does.
    operations = [migrations.RunSQL(GUARDS)]
