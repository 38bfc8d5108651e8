"""Names of the screening tables that only ever grow: the runtime role gets INSERT and SELECT on them, no more."""

APPEND_ONLY_TABLES: tuple[str, ...] = (
    "screening_resident_change",
    "screening_result_history",
    "screening_mapping_version",
    "screening_import_row_change",
    "screening_facility_change",
    "screening_contact_change",
    "screening_drop_hours",
    "screening_district_change",
)
