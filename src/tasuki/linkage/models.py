"""What a town keeps of its exchanges with others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Provider(models.Model):
    """An institution this town may ask (照会先), by the municipality code the register uses."""

    municipality_code = models.TextField(primary_key=True)
    institution = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField()

    class Meta:
        db_table = "linkage_provider"
        verbose_name = "照会先"
        verbose_name_plural = "照会先"

    def __str__(self) -> str:
        return self.name


class TownInquiry(models.Model):
    """An inquiry this town made (情報照会), its answer, and what became of it here.

    The person is the business system's own number; the unified number stays in the index (共通機能標準仕様書 2.4).
    """

    transaction_number = models.UUIDField(primary_key=True)
    system_person_number = models.TextField()
    provider = models.TextField()
    data_sets = ArrayField(models.TextField())
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField(default=False)
    valid_for_seconds = models.IntegerField(null=True)
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    state = models.TextField()
    state_at = models.DateTimeField()
    permitted_at = models.DateTimeField(null=True)
    provided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    basis = models.TextField(default="")
    reason = models.TextField(default="")
    answers = models.JSONField(default=list)
    acknowledged_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    cancel_asked_by = models.TextField(default="", db_default="")
    purged_at = models.DateTimeField(null=True)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.TextField(default="")
    adopted_count = models.IntegerField(default=0)

    class Meta:
        db_table = "linkage_inquiry"
        indexes = [
            models.Index(fields=["system_person_number", "requested_at"], name="linkage_inquiry_person"),
            models.Index(
                fields=["state_at"],
                name="linkage_inquiry_open",
                condition=models.Q(state__in=["created", "sent", "permitted", "held"]),
            ),
            models.Index(fields=["received_at"], name="linkage_inquiry_kept", condition=models.Q(state="received")),
            models.Index(
                fields=["received_at"],
                name="linkage_inquiry_untold",
                condition=models.Q(received_at__isnull=False, acknowledged_at__isnull=True),
            ),
        ]
        verbose_name = "情報照会"
        verbose_name_plural = "情報照会"

    def __str__(self) -> str:
        return str(self.transaction_number)


class Correction(models.Model):
    """That something another town answered was corrected or withdrawn there since (訂正の通知)."""

    pk = models.CompositePrimaryKey("transaction_number", "data_set", "ordinal")
    transaction_number = models.UUIDField()
    data_set = models.TextField()
    ordinal = models.BigIntegerField()
    kind = models.TextField()
    corrected_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta:
        db_table = "linkage_correction"
        verbose_name = "訂正の通知"
        verbose_name_plural = "訂正の通知"

    def __str__(self) -> str:
        return str(self.transaction_number)


class PortalNotice(models.Model):
    """What somebody was told through the portal (お知らせ): a kind and a day. One of a kind at a time for a person."""

    notice_id = models.UUIDField(primary_key=True)
    list_id = models.UUIDField()
    system_person_number = models.TextField()
    kind = models.TextField()
    day = models.DateField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    sent_by = models.TextField()
    state = models.TextField()
    state_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    take_back_asked_at = models.DateTimeField(null=True)
    take_back_asked_by = models.TextField(null=True)

    class Meta:
        db_table = "linkage_portal_notice"
        constraints = [
            models.UniqueConstraint(
                fields=["system_person_number", "kind"],
                name="linkage_one_open_notice_of_a_kind",
                condition=models.Q(state__in=["waiting", "delivered"]),
            ),
            models.CheckConstraint(
                condition=models.Q(take_back_asked_at__isnull=True, take_back_asked_by__isnull=True)
                | models.Q(take_back_asked_at__isnull=False, take_back_asked_by__isnull=False),
                name="linkage_notice_taken_back_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["list_id"], name="linkage_notice_list"),
            models.Index(fields=["system_person_number"], name="linkage_notice_person"),
            models.Index(
                fields=["asked_at"],
                name="linkage_notice_open",
                condition=models.Q(state__in=["waiting", "delivered"]),
            ),
        ]
        verbose_name = "送ったお知らせ"
        verbose_name_plural = "送ったお知らせ"

    def __str__(self) -> str:
        return str(self.notice_id)


class HeldProposal(models.Model):
    """What one person proposes about an inquiry that waits for us (手動回答の案); another decides."""

    transaction_number = models.UUIDField(primary_key=True)
    release = models.BooleanField()
    non_disclosure = models.BooleanField(default=False, db_default=False)
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()

    class Meta:
        db_table = "linkage_held_proposal"
        verbose_name = "手動回答の案"
        verbose_name_plural = "手動回答の案"

    def __str__(self) -> str:
        return str(self.transaction_number)


class RecordCorrection(models.Model):
    """What one person proposes to correct in an exchange record of ours (記録の訂正), and that another decided it.

    `note` stays here; what travels is the field, its value and the ground.
    """

    correction = models.UUIDField(primary_key=True)
    transaction_number = models.UUIDField()
    direction = models.TextField()
    other = models.TextField()
    field = models.TextField()
    value = models.TextField()
    ground = models.TextField()
    note = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "linkage_record_correction"
        constraints = [
            models.UniqueConstraint(
                fields=["transaction_number", "direction"],
                condition=models.Q(decided_at__isnull=True),
                name="linkage_one_correction_waits",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by")),
                name="linkage_record_correction_by_two",
            ),
        ]
        verbose_name = "記録の訂正"
        verbose_name_plural = "記録の訂正"

    def __str__(self) -> str:
        return str(self.correction)


class HeldWaiting(models.Model):
    """How many inquiries of others waited for our answer when the gateway was last asked (手動回答待ち); one row."""

    id = models.SmallIntegerField(primary_key=True)
    asked_at = models.DateTimeField()
    waiting = models.IntegerField()
    first_deadline = models.DateTimeField(null=True)

    class Meta:
        db_table = "linkage_held_waiting"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="linkage_held_waiting_is_one")]
        verbose_name = "手動回答待ち"
        verbose_name_plural = "手動回答待ち"

    def __str__(self) -> str:
        return str(self.waiting)


class InquiryFile(models.Model):
    """A file by which many people are asked about at once (照会ファイル)."""

    file_id = models.UUIDField(primary_key=True)
    file_name = models.TextField()
    sha256 = models.TextField(unique=True)
    line_count = models.IntegerField()
    taken_at = models.DateTimeField()
    taken_by = models.TextField()

    class Meta:
        db_table = "linkage_inquiry_file"
        indexes = [models.Index(fields=["-taken_at"], name="linkage_file_newest")]
        verbose_name = "照会ファイル"
        verbose_name_plural = "照会ファイル"

    def __str__(self) -> str:
        return str(self.file_id)


class InquiryFileLine(models.Model):
    """One line of such a file (照会ファイルの行): why it is not asked, or the inquiry that asks it.

    `earlier` are inquiries that asked the same before and ended without an answer.
    """

    file_id = models.UUIDField()
    line = models.IntegerField()
    system_person_number = models.TextField()
    provider = models.TextField()
    procedure = models.TextField()
    data_set = models.TextField()
    non_disclosure = models.BooleanField()
    problem = models.TextField()
    field = models.TextField()
    transaction_number = models.UUIDField(null=True)
    earlier = ArrayField(models.UUIDField(), default=list)

    class Meta:
        db_table = "linkage_inquiry_file_line"
        constraints = [models.UniqueConstraint(fields=["file_id", "line"], name="linkage_file_line_once")]
        verbose_name = "照会ファイルの行"
        verbose_name_plural = "照会ファイルの行"

    def __str__(self) -> str:
        return f"{self.file_id} {self.line}"


class Delivery(models.Model):
    """How sending to the gateway went last (中間サーバーへの送信); one row."""

    id = models.SmallIntegerField(primary_key=True)
    succeeded_at = models.DateTimeField(null=True)
    replicas = models.IntegerField()
    failed_at = models.DateTimeField(null=True)
    failed_peer = models.TextField()
    failed_phase = models.TextField()
    failed_reason = models.TextField()

    class Meta:
        db_table = "linkage_delivery"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="linkage_delivery_is_one")]
        verbose_name = "中間サーバーへの送信"
        verbose_name_plural = "中間サーバーへの送信"

    def __str__(self) -> str:
        return str(self.succeeded_at)


class Reconciliation(models.Model):
    """One comparison of originals, index and replicas (副本の突合), and what it found.

    `remaining` is what a second comparison found after the repair; without a repair there was none.
    """

    reconciliation_id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    asked_by = models.TextField()
    is_repair = models.BooleanField()
    people = models.IntegerField()
    replicas = models.IntegerField()
    on_their_way = models.IntegerField()
    found = models.JSONField()
    remaining = models.IntegerField(null=True)

    class Meta:
        db_table = "linkage_reconciliation"
        indexes = [models.Index(fields=["-started_at"], name="linkage_reconciliation_newest")]
        verbose_name = "副本の突合"
        verbose_name_plural = "副本の突合"

    def __str__(self) -> str:
        return str(self.reconciliation_id)


class LinkDifference(models.Model):
    """One difference that a comparison found (副本の差異), by the business system's own number.

    Empty where no person of the system has the number the gateway knows: that number stays in the index
    (共通機能標準仕様書 2.4).
    """

    reconciliation_id = models.UUIDField()
    kind = models.TextField()
    system_person_number = models.TextField()
    data_set = models.TextField()
    record_key = models.TextField()

    class Meta:
        db_table = "linkage_difference"
        indexes = [models.Index(fields=["reconciliation_id", "kind"], name="linkage_difference_of")]
        verbose_name = "副本の差異"
        verbose_name_plural = "副本の差異"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ToldHold(models.Model):
    """Somebody whom the gateway was told to answer about by hand only (自動応答不可の連絡), until told otherwise."""

    unified_person_number = models.TextField(primary_key=True)
    told_at = models.DateTimeField()

    class Meta:
        db_table = "linkage_told_hold"
        verbose_name = "自動応答不可の連絡"
        verbose_name_plural = "自動応答不可の連絡"

    def __str__(self) -> str:
        return self.unified_person_number


class DailyReconciliation(models.Model):
    """When originals, index and replicas are compared without anybody asking (日次の突合), version by version."""

    version = models.IntegerField(primary_key=True)
    hour = models.SmallIntegerField(null=True)
    repairs = models.BooleanField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "linkage_daily_reconciliation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hour__isnull=True) | models.Q(hour__range=(0, 23)), name="linkage_daily_hour_is_one"
            )
        ]
        verbose_name = "日次の突合"
        verbose_name_plural = "日次の突合"

    def __str__(self) -> str:
        return str(self.version)


class DailyMovers(models.Model):
    """When those who moved in are asked about without anybody asking for it (日次の転入者照会), version by version.

    `days` is how long after moving in somebody is asked about by this.
    """

    version = models.IntegerField(primary_key=True)
    hour = models.SmallIntegerField(null=True)
    days = models.SmallIntegerField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "linkage_daily_movers"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hour__isnull=True) | models.Q(hour__range=(0, 23)), name="linkage_movers_hour_is_one"
            ),
            models.CheckConstraint(condition=models.Q(days__range=(1, 366)), name="linkage_movers_days_are_some"),
        ]
        verbose_name = "日次の転入者照会"
        verbose_name_plural = "日次の転入者照会"

    def __str__(self) -> str:
        return str(self.version)


class ReplicaLoad(models.Model):
    """One registration of everything (副本の一括登録), the first or a later one, and how far it has come.

    `reached` is the last number of the business system that was put into the outbox: after an interruption it goes on
    from there.
    """

    load_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.TextField()
    reached = models.TextField()
    done = models.IntegerField()
    total = models.IntegerField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "linkage_replica_load"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at__isnull=True), name="linkage_one_load_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["INITIAL", "AGAIN"]), name="linkage_load_kind"),
        ]
        verbose_name = "副本の一括登録"
        verbose_name_plural = "副本の一括登録"

    def __str__(self) -> str:
        return str(self.load_id)
