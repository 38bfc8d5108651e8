"""Values of the evidence context."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """The catalogue of what is recorded; a word here is written into the log for ever, so it is never renamed."""

    # Linkage codes (番号法21条の2).
    CODE_REQUESTED = "code_requested"
    CODE_ISSUED = "code_issued"
    CODE_BOUND = "code_bound"
    CODE_FORGOTTEN = "code_forgotten"
    # Inquiry and provision (番号法23条 asks inquirer, provider and network to record the same exchange).
    INQUIRY_SENT = "inquiry_sent"
    INQUIRY_RECEIVED = "inquiry_received"
    INQUIRY_PERMITTED = "inquiry_permitted"
    INQUIRY_REFUSED = "inquiry_refused"
    INQUIRY_LAPSED = "inquiry_lapsed"
    INQUIRY_CANCELLED = "inquiry_cancelled"
    INQUIRY_FAILED = "inquiry_failed"
    ANSWER_HELD = "answer_held"
    ANSWER_SENT = "answer_sent"
    ANSWER_PUT_OFF = "answer_put_off"
    ANSWER_WITHHELD = "answer_withheld"
    ANSWER_RECEIVED = "answer_received"
    ANSWER_PURGED = "answer_purged"
    CANCELLATION_ASKED = "cancellation_asked"
    # What becomes of exchange records (番号法23条).
    RECORDS_PURGED = "records_purged"
    RECORDS_SEARCHED = "records_searched"
    RECORDS_EXPORTED = "records_exported"
    RECORDS_DISCLOSED = "records_disclosed"
    CORRECTION_TOLD = "correction_told"
    CORRECTION_HEARD = "correction_heard"
    CORRECTION_PROPOSED = "correction_proposed"
    CORRECTION_RETURNED = "correction_returned"
    RECORD_CORRECTED = "record_corrected"
    RECORD_CORRECTION_HEARD = "record_correction_heard"
    # Notices to residents through the portal (お知らせ).
    PORTAL_NOTICES_SENT = "portal_notices_sent"
    PORTAL_NOTICES_CARRIED = "portal_notices_carried"
    PORTAL_NOTICES_KEPT = "portal_notices_kept"
    PORTAL_NOTICES_FETCHED = "portal_notices_fetched"
    PORTAL_NOTICES_TAKEN_BACK = "portal_notices_taken_back"
    PORTAL_NOTICES_PURGED = "portal_notices_purged"
    # What a person asks about themselves through the portal (自己情報).
    SELF_REQUESTED = "self_requested"
    SELF_REQUEST_REFUSED = "self_request_refused"
    SELF_ANSWERS_FETCHED = "self_answers_fetched"
    SELF_INBOX_TOLD = "self_inbox_told"
    SELF_RECORDS_TOLD = "self_records_told"
    HELD_PROPOSED = "held_proposed"
    HELD_PROPOSAL_RETURNED = "held_proposal_returned"
    INQUIRY_FILE_TAKEN = "inquiry_file_taken"
    RESULT_FILE_TAKEN = "result_file_taken"
    PROVIDERS_SOUGHT = "providers_sought"
    HOLDERS_TOLD = "holders_told"
    DAILY_MOVERS_SET = "daily_movers_set"
    # Replicas.
    REPLICA_REGISTERED = "replica_registered"
    REPLICA_REMOVED = "replica_removed"
    REPLICAS_RECONCILED = "replicas_reconciled"
    LINK_MENDED = "link_mended"
    REPLICAS_LOADED = "replicas_loaded"
    DAILY_RECONCILIATION_SET = "daily_reconciliation_set"
    PROVISION_STOPPED = "provision_stopped"
    PROVISION_RESUMED = "provision_resumed"
    # A town's own records and staff.
    RESIDENTS_REGISTERED = "residents_registered"
    CONTACT_CHANGED = "contact_changed"
    FACILITIES_REGISTERED = "facilities_registered"
    FACILITY_CHANGED = "facility_changed"
    PEOPLE_NUMBERED = "people_numbered"
    PEOPLE_REGISTERED = "people_registered"
    PEOPLE_FILE_RECEIVED = "people_file_received"
    PEOPLE_FILES_ENDED = "people_files_ended"
    NUMBERS_MIGRATED = "numbers_migrated"
    NUMBERS_LOOKED_UP = "numbers_looked_up"
    REGISTER_CHANGES_READ = "register_changes_read"
    IDENTITY_DECIDED = "identity_decided"
    LINKS_INSPECTED = "links_inspected"
    IMPACT_DRAWN = "impact_drawn"
    IMPACT_SUMMED = "impact_summed"
    QUARANTINE_BEGUN = "quarantine_begun"
    QUARANTINE_ENDED = "quarantine_ended"
    # Individual numbers in custody (番号法12条, 20条).
    NUMBER_SEARCHED = "number_searched"
    NUMBER_UNMASKED = "number_unmasked"
    NUMBER_DAMAGED = "number_damaged"
    NUMBERS_DELETED = "numbers_deleted"
    NUMBER_KEY_MADE = "number_key_made"
    NUMBER_KEY_RETIRED = "number_key_retired"
    # Protected persons.
    PROTECTION_LISTED = "protection_listed"
    PROTECTION_OVERRIDDEN = "protection_overridden"
    RESULT_RECORDED = "result_recorded"
    RESULT_CORRECTED = "result_corrected"
    RESULT_WITHDRAWN = "result_withdrawn"
    RESULT_RESTORED = "result_restored"
    RESULT_ADOPTED = "result_adopted"
    IMPORT_ROWS_DECIDED = "import_rows_decided"
    MAPPING_SAVED = "mapping_saved"
    SENDER_CHANGED = "sender_changed"
    DROP_HOURS_SET = "drop_hours_set"
    ELIGIBILITY_OPTIONS_SET = "eligibility_options_set"
    ELIGIBILITY_COMPUTED = "eligibility_computed"
    ELIGIBILITY_REFRESHED = "eligibility_refreshed"
    EXCLUSION_RECORDED = "exclusion_recorded"
    EXCLUSION_ENDED = "exclusion_ended"
    TARGETS_FROZEN = "targets_frozen"
    TARGET_ADDED = "target_added"
    TARGET_REMOVED = "target_removed"
    COUPONS_ISSUED = "coupons_issued"
    COUPON_VOIDED = "coupon_voided"
    REMINDERS_SENT = "reminders_sent"
    REFUSAL_RECORDED = "refusal_recorded"
    REFUSAL_ENDED = "refusal_ended"
    WORDING_CHANGED = "wording_changed"
    LETTERS_MADE = "letters_made"
    LIST_PRINTED = "list_printed"
    FOLLOWUP_RECORDED = "followup_recorded"
    FOLLOWUP_CLOSED = "followup_closed"
    REPORT_FROZEN = "report_frozen"
    # What staff did with personal data on the screens.
    PERSON_VIEWED = "person_viewed"
    PEOPLE_LISTED = "people_listed"
    PEOPLE_SEARCHED = "people_searched"
    PEOPLE_PRINTED = "people_printed"
    PEOPLE_EXPORTED = "people_exported"
    CHANGE_ASKED = "change_asked"
    ACCESS_ALERTS_RAISED = "access_alerts_raised"
    ACCESS_ALERT_CLOSED = "access_alert_closed"
    ACCESS_RULE_SET = "access_rule_set"
    ACCESSES_PURGED = "accesses_purged"
    # Which resident a member of staff is: that it was said, never the number.
    OWN_NUMBER_DECLARED = "own_number_declared"
    OWN_NUMBERS_FORGOTTEN = "own_numbers_forgotten"
    ACCESSES_REVIEWED = "accesses_reviewed"
    EXPORT_TAKEN = "export_taken"
    # What leaves the town as a file (持出し).
    EXPORT_REQUESTED = "export_requested"
    EXPORT_WITHDRAWN = "export_withdrawn"
    EXPORT_DECIDED = "export_decided"
    EXPORT_MADE = "export_made"
    EXPORT_SETTLED = "export_settled"
    EXPORTS_ERASED = "exports_erased"
    OFFICE_COPY_TAKEN = "office_copy_taken"
    # What an edition of the layouts changes, and both sides' word for it.
    CHECK_SHEET_DRAWN = "check_sheet_drawn"
    CHECK_SHEET_SIGNED = "check_sheet_signed"
    # The change over from a predecessor (仮移行・切替).
    REHEARSAL_BEGUN = "rehearsal_begun"
    REHEARSAL_ENDED = "rehearsal_ended"
    REHEARSAL_COPY_DROPPED = "rehearsal_copy_dropped"
    CUTOVER_PLANNED = "cutover_planned"
    CUTOVER_STEP_CHANGED = "cutover_step_changed"
    CUTOVER_WORD_SAID = "cutover_word_said"
    CUTOVER_STEP_DONE = "cutover_step_done"
    CUTOVER_BEGUN = "cutover_begun"
    CUTOVER_FILE_LOADED = "cutover_file_loaded"
    CUTOVER_REFUSED = "cutover_refused"
    CUTOVER_LOADED = "cutover_loaded"
    CUTOVER_FILE_UNDONE = "cutover_file_undone"
    CUTOVER_ROLLED_BACK = "cutover_rolled_back"
    CUTOVER_CLOSED = "cutover_closed"
    # Erasure (消去): the list is named by its digest, and those on it by nothing.
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_WITHDRAWN = "erasure_withdrawn"
    ERASURE_APPROVED = "erasure_approved"
    ERASURE_REFUSED = "erasure_refused"
    ERASURE_BEGUN = "erasure_begun"
    RECORDS_ERASED = "records_erased"
    PEOPLE_FORGOTTEN = "people_forgotten"
    ERASURE_PROVEN = "erasure_proven"
    CERTIFICATE_TAKEN = "certificate_taken"
    # Contractors' work (委託作業): who was put on the registers, what a work went through, who was present.
    CONTRACTOR_REGISTERED = "contractor_registered"
    CONTRACTOR_WORK_STEP = "contractor_work_step"
    ATTENDANCE_BEGUN = "attendance_begun"
    ATTENDANCE_ENDED = "attendance_ended"
    PASSAGE_BEGUN = "passage_begun"
    PASSAGE_ENDED = "passage_ended"
    DELETION_CERTIFIED = "deletion_certified"
    DELETION_INSPECTED = "deletion_inspected"
    CONTRACTOR_PAGE_OPENED = "contractor_page_opened"
    LOGIN_SUCCEEDED = "login_succeeded"
    LOGIN_FAILED = "login_failed"
    PERMISSION_REFUSED = "permission_refused"
    ACCOUNT_MADE = "account_made"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_APPLIED = "account_applied"
    ACCOUNT_DECIDED = "account_decided"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNTS_CONFIRMED = "accounts_confirmed"
    # Areas of work of health centres, and whoever asked for somebody outside theirs.
    DISTRICT_CHANGED = "district_changed"
    AREA_REFUSED = "area_refused"
    # A duty lent in an emergency (緊急時の権限), and each page that was opened under it.
    EMERGENCY_ASKED = "emergency_asked"
    EMERGENCY_OPENED = "emergency_opened"
    EMERGENCY_NOT_OPENED = "emergency_not_opened"
    EMERGENCY_ENDED = "emergency_ended"
    EMERGENCY_EXPIRED = "emergency_expired"
    EMERGENCY_PAGE_OPENED = "emergency_page_opened"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 — a kind of record
    PASSWORD_RESET = "password_reset"  # noqa: S105 — a kind of record
    FACTOR_ENROLLED = "factor_enrolled"
    FACTOR_PASSED = "factor_passed"
    FACTOR_RESET = "factor_reset"
    SESSIONS_ENDED = "sessions_ended"
    # Business systems that speak with the index by themselves.
    SYSTEM_ADMITTED = "system_admitted"
    API_CLIENT_CHANGED = "api_client_changed"
    TOKEN_ISSUED = "token_issued"  # noqa: S105 — a kind of record
    TOKEN_REFUSED = "token_refused"  # noqa: S105 — a kind of record
    API_CALL_REFUSED = "api_call_refused"
    # Between nodes.
    MESSAGE_REFUSED = "message_refused"
    CHECKPOINT_REFUSED = "checkpoint_refused"
    LOG_SUCCEEDED = "log_succeeded"
    SUCCESSION_FOLLOWED = "succession_followed"
    PEER_ALARM_RAISED = "peer_alarm_raised"
    PEER_ALARM_SETTLED = "peer_alarm_settled"
    EVIDENCE_EXPORTED = "evidence_exported"
    # The yearly check and its findings (確認記録票).
    CHECK_OPENED = "check_opened"
    CHECK_GATHERED = "check_gathered"
    CHECK_ANSWERED = "check_answered"
    CHECK_SIGNED = "check_signed"
    CHECK_SIGNATURE_TAKEN_BACK = "check_signature_taken_back"
    FINDING_RAISED = "finding_raised"
    FINDING_MENDED = "finding_mended"
    # A pack of evidence for an inspection.
    PACK_ASKED = "pack_asked"
    PACK_MADE = "pack_made"
    RESTORE_REHEARSED = "restore_rehearsed"
    # Incidents (漏えい等).
    INCIDENT_TOLD = "incident_told"
    INCIDENT_ASSESSED = "incident_assessed"
    INCIDENT_STEP_TAKEN = "incident_step_taken"
    # Operation of a node.
    WRONG_ENVIRONMENT_REFUSED = "wrong_environment_refused"
    MAINTENANCE_BEGUN = "maintenance_begun"
    MAINTENANCE_ENDED = "maintenance_ended"
    CONNECTION_TESTED = "connection_tested"
    PEER_KEY_ADDED = "peer_key_added"
    PEER_KEY_ENDED = "peer_key_ended"
    SIGNING_KEY_USED = "signing_key_used"
    INSTITUTION_JOINED = "institution_joined"
    INSTITUTION_SUSPENDED = "institution_suspended"
    INSTITUTION_RESUMED = "institution_resumed"
    INSTITUTION_CLOSED = "institution_closed"
    INSTITUTION_GIVEN = "institution_given"
    INSTITUTION_TAKEN = "institution_taken"
    INSTITUTION_MOVED = "institution_moved"
    MOVE_TOLD = "move_told"
    MOVE_CALLED_OFF = "move_called_off"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to append; `body` holds linkage codes and official codes, never a name or a number of a person."""

    kind: EntryKind
    body: Mapping[str, object]
    transaction_number: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """A record as it is stored; `leaf_index` is None until the record is sealed."""

    entry_id: int
    kind: str
    transaction_number: str | None
    recorded_at: datetime
    body: bytes
    leaf_index: int | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement of a log: at this size, this was the root of its tree.

    `previous_size` chains the checkpoints of one log, so that leaving one out of an export shows.
    """

    origin: str
    tree_size: int
    root: bytes
    signed_at: datetime
    previous_size: int
    signature: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Records that wait for their seal, and since when the oldest does."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much evidence there is; `unsealed` counts records that no checkpoint covers yet."""

    entries: int
    leaves: int
    unsealed: int
    checkpoints: int
    witnessed: int


class RefusalReason(StrEnum):
    """Why another party's checkpoint was not kept."""

    MALFORMED = "malformed"
    OTHER_ORIGIN = "other_origin"
    BAD_SIGNATURE = "bad_signature"
    FORK = "fork"
    SHRUNK = "shrunk"
    NOT_CONSISTENT = "not_consistent"


@dataclass(frozen=True, slots=True)
class Kept:
    """The checkpoint is signed by its log, consistent with what was kept before, and now kept here."""

    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class AlreadyKept:
    """The very same statement was kept before; messages may arrive twice."""

    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Refused:
    """The checkpoint was not kept; the refusal itself is recorded under `entry_id`."""

    reason: RefusalReason
    entry_id: int


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another exchange kept a checkpoint meanwhile, so the proof leads from elsewhere: nothing is kept nor refused."""

    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class NeedsProof:
    """The log goes on under a new name; a proof must lead from this size, the largest kept that it says it has."""

    size: int


WitnessOutcome = Kept | AlreadyKept | Refused | Overtaken
FollowOutcome = WitnessOutcome | NeedsProof


@dataclass(frozen=True, slots=True)
class KeptElsewhere:
    """The newest checkpoint of our own log that a peer keeps."""

    peer: str
    note: str


@dataclass(frozen=True, slots=True)
class Succession:
    """That a log was restored and goes on under a new name; records `restored_size` to `lost_until` - 1 are lost."""

    first_name: str
    succeeds: str
    log: str
    restored_size: int
    lost_until: int
    why: str
    declared_at: datetime
    entry_id: int


@dataclass(frozen=True, slots=True)
class ShownSuccession:
    """The sealed record of a succession as it is shown to peers, with the proof that it is in the log."""

    leaf: bytes
    leaf_index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NothingLost:
    """What peers keep of the log is all in it: there is no reason to go on under a new name."""


class AlarmReason(StrEnum):
    """What is wrong between a peer's log and what is kept of it here, or between ours and what the peer keeps."""

    FORK = "fork"
    SHRUNK = "shrunk"
    NOT_CONSISTENT = "not_consistent"
    BAD_SIGNATURE = "bad_signature"
    OTHER_ORIGIN = "other_origin"
    MALFORMED = "malformed"
    OWN_SHRUNK = "own_shrunk"
    RESTORED = "restored"
    DISPUTED = "disputed"
    SILENT = "silent"

    @property
    def is_disagreement(self) -> bool:
        """Tell whether records are in doubt; silence alone proves nothing."""
        return self is not AlarmReason.SILENT


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm about the log of a peer (`origin`), and how often the same was seen; open until it is settled."""

    alarm_id: int
    origin: str
    reason: AlarmReason
    entry_id: int
    times: int
    raised_at: datetime
    last_seen_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    settled_why: str | None


@dataclass(frozen=True, slots=True)
class PeerLog:
    """What is kept here of a peer's log, when it agreed last, and the open alarms about it."""

    origin: str
    kept_size: int
    signed_at: datetime | None
    agreed_at: datetime | None
    alarms: tuple[Alarm, ...]

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether an open alarm says that records do not agree."""
        return any(alarm.reason.is_disagreement for alarm in self.alarms)


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """What a reason means and what to do next, in both languages."""

    ja: str
    en: str
    next_ja: str
    next_en: str


@dataclass(frozen=True, slots=True)
class StillDisagrees:
    """The alarm stays open: the log has not agreed since it was seen last."""

    alarm: Alarm
