"""Tables of the network: who takes part, who holds a code, what was permitted."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class Institution(models.Model):
    """An institution on the network (情報保有機関)."""

    institution = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    municipality_code = models.TextField()
    institution_class = models.TextField()
    gateway = models.TextField()
    assessed_on = models.DateField(null=True)
    joined_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    suspended_why = models.TextField(null=True)
    suspended_by = models.TextField(null=True)

    class Meta:
        db_table = "network_institution"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(suspended_at__isnull=True, suspended_why__isnull=True)
                | models.Q(suspended_at__isnull=False, suspended_why__isnull=False),
                name="network_institution_suspended_for_a_reason",
            )
        ]
        verbose_name = "情報保有機関"
        verbose_name_plural = "情報保有機関"

    def __str__(self) -> str:
        return self.institution


class Move(models.Model):
    """That an institution moves from one gateway to another (機関の移転): what each told of it, and how it ended."""

    move = models.UUIDField(primary_key=True)
    institution = models.TextField()
    giver = models.TextField()
    taker = models.TextField()
    given_digest = models.TextField(default="")
    taken_digest = models.TextField(default="")
    state = models.TextField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "network_move"
        constraints = [
            models.UniqueConstraint(
                fields=["institution"], condition=models.Q(ended_at__isnull=True), name="network_one_move_at_a_time"
            )
        ]
        verbose_name = "機関の移転"
        verbose_name_plural = "機関の移転"

    def __str__(self) -> str:
        return f"{self.institution} {self.giver} {self.taker}"


class IssuedCode(models.Model):
    """A linkage code that was issued (発行済符号). `pivot` ties the codes of one person; it is no official number."""

    pk = models.CompositePrimaryKey("institution", "linkage_code")
    institution = models.TextField()
    linkage_code = models.TextField()
    pivot = models.BinaryField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "network_issued_code"
        constraints = [
            models.UniqueConstraint(fields=["pivot", "institution"], name="network_one_code_a_person_and_institution")
        ]
        verbose_name = "発行済符号"
        verbose_name_plural = "発行済符号"

    def __str__(self) -> str:
        return f"{self.institution} {self.linkage_code}"


class CodeDelivery(models.Model):
    """A code on its way to the institution's gateway (符号通知待ち); deleted once the gateway has it."""

    pk = models.CompositePrimaryKey("institution", "acquisition_number")
    institution = models.TextField()
    acquisition_number = models.TextField()
    linkage_code = models.TextField()
    gateway = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "network_code_delivery"
        verbose_name = "符号通知待ち"
        verbose_name_plural = "符号通知待ち"

    def __str__(self) -> str:
        return f"{self.institution} {self.acquisition_number}"


class PermitRecord(models.Model):
    """The decision on one inquiry (提供許可), and the network's exchange record of it (番号法23条3項)."""

    transaction_number = models.UUIDField(primary_key=True)
    inquirer = models.TextField()
    inquirer_code = models.TextField()
    provider = models.TextField()
    data_sets = ArrayField(models.TextField())
    refused_data_sets = ArrayField(models.TextField())
    layouts = ArrayField(models.TextField(), default=list, db_default=[])
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField()
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    decision = models.TextField()
    basis = models.TextField()
    outcome = models.TextField(default="")
    provided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "network_permit"
        indexes = [
            models.Index(fields=["inquirer", "inquirer_code"], name="network_permit_person"),
            # For the purge alone, which asks for the oldest: permits lie in the order of their time.
            BrinIndex(fields=["requested_at"], name="network_permit_time"),
        ]
        verbose_name = "提供許可"
        verbose_name_plural = "提供許可"

    def __str__(self) -> str:
        return str(self.transaction_number)


class OpenPermit(models.Model):
    """That nobody told yet how a permitted inquiry ended.

    A table of its own, so that adding an end to its record touches no index of the records.
    """

    transaction_number = models.UUIDField(primary_key=True)
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "network_open_permit"
        indexes = [models.Index(fields=["valid_until"], name="network_open_permit_end")]
        verbose_name = "結果待ちの許可"
        verbose_name_plural = "結果待ちの許可"

    def __str__(self) -> str:
        return str(self.transaction_number)


class PortalNotice(models.Model):
    """A notice in the portal's inbox (お知らせ), under the portal's own code for the person.

    One that was taken back before it came has no code: it keeps the notice out when it comes late.
    """

    pk = models.CompositePrimaryKey("institution", "notice_id")
    institution = models.TextField()
    notice_id = models.UUIDField()
    portal_code = models.TextField()
    kind = models.TextField()
    day = models.DateField(null=True)
    expires_at = models.DateTimeField()
    state = models.TextField()
    state_at = models.DateTimeField()

    class Meta:
        db_table = "network_portal_notice"
        indexes = [
            models.Index(fields=["portal_code"], name="network_portal_inbox"),
            models.Index(fields=["expires_at"], name="network_portal_expiry"),
        ]
        verbose_name = "お知らせ"
        verbose_name_plural = "お知らせ"

    def __str__(self) -> str:
        return str(self.notice_id)


class SelfRequest(models.Model):
    """What a person asked for about themselves through the portal (自己情報の請求).

    `answer_key` is the public half of the key that its answers are sealed for; the private half is the portal's.
    """

    request_number = models.UUIDField(primary_key=True)
    portal_code = models.TextField()
    answer_key = models.TextField()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "network_self_request"
        indexes = [models.Index(fields=["portal_code", "requested_at"], name="network_self_requests_of")]
        verbose_name = "自己情報の請求"
        verbose_name_plural = "自己情報の請求"

    def __str__(self) -> str:
        return str(self.request_number)


class SelfInquiry(models.Model):
    """An inquiry of the portal's for a person themselves (自己情報の照会), and its exchange record (番号法23条1項).

    `sealed` is what was answered, which the network cannot read; it goes once it was fetched, or when nobody does.
    """

    transaction_number = models.UUIDField(primary_key=True)
    request_number = models.UUIDField()
    institution = models.TextField()
    linkage_code = models.TextField()
    provider = models.TextField()
    provider_gateway = models.TextField(default="")
    data_sets = ArrayField(models.TextField())
    refused_data_sets = ArrayField(models.TextField(), default=list)
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField()
    requested_at = models.DateTimeField()
    state = models.TextField()
    state_at = models.DateTimeField()
    permitted_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    provided_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)
    basis = models.TextField(default="")
    reason = models.TextField(default="")
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    receipt_due = models.BooleanField(default=False)
    sealed = models.TextField(default="")

    class Meta:
        db_table = "network_self_inquiry"
        constraints = [
            models.UniqueConstraint(fields=["request_number", "provider"], name="network_self_asked_once_a_provider")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="network_self_inquiry_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["provider_gateway"],
                name="network_self_inquiry_receipt",
                condition=models.Q(receipt_due=True),
            ),
            # Those whose content has still to go.
            models.Index(fields=["state_at"], name="network_self_inquiry_kept", condition=~models.Q(sealed="")),
        ]
        verbose_name = "自己情報の照会"
        verbose_name_plural = "自己情報の照会"

    def __str__(self) -> str:
        return str(self.transaction_number)


class Correction(models.Model):
    """That something provided was corrected or withdrawn since (訂正の通知), from the provider to the inquirer."""

    pk = models.CompositePrimaryKey("transaction_number", "data_set", "ordinal")
    transaction_number = models.UUIDField()
    data_set = models.TextField()
    ordinal = models.BigIntegerField()
    kind = models.TextField()
    corrected_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "network_correction"
        indexes = [
            models.Index(
                fields=["noted_at"], name="network_correction_due", condition=models.Q(delivered_at__isnull=True)
            )
        ]
        verbose_name = "訂正の通知"
        verbose_name_plural = "訂正の通知"

    def __str__(self) -> str:
        return str(self.transaction_number)


class RecordCorrection(models.Model):
    """What was corrected in an exchange record itself (記録の訂正), by whose town, on its way to the other side."""

    correction = models.UUIDField(primary_key=True)
    transaction_number = models.UUIDField()
    institution = models.TextField()
    other = models.TextField()
    direction = models.TextField()
    field = models.TextField()
    former = models.TextField()
    value = models.TextField()
    ground = models.TextField()
    decided_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "network_record_correction"
        indexes = [
            models.Index(fields=["transaction_number"], name="network_record_corrections_of"),
            models.Index(
                fields=["noted_at"],
                name="network_record_corrections_due",
                condition=models.Q(delivered_at__isnull=True),
            ),
        ]
        verbose_name = "記録の訂正"
        verbose_name_plural = "記録の訂正"

    def __str__(self) -> str:
        return str(self.correction)
