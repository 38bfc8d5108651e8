"""Tables of the intermediate server.

Every primary key, and every query, leads with the institution: institutions share a gateway and nothing else, and the
same schema can be split over several gateways or a distributed PostgreSQL. No table has a name, an address or an
individual number; payloads are encrypted under a key of the institution's own.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Institution(models.Model):
    """An institution this gateway serves (情報保有機関), and the town node that may speak for it."""

    institution = models.TextField(primary_key=True)
    town = models.TextField()
    joined_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    suspended_why = models.TextField(null=True)
    suspended_by = models.TextField(null=True)

    class Meta:
        db_table = "gateway_institution"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(suspended_at__isnull=True, suspended_why__isnull=True)
                | models.Q(suspended_at__isnull=False, suspended_why__isnull=False),
                name="gateway_institution_suspended_for_a_reason",
            )
        ]
        verbose_name = "情報保有機関"
        verbose_name_plural = "情報保有機関"

    def __str__(self) -> str:
        return self.institution


class Move(models.Model):
    """That an institution moves to another gateway or comes from one (機関の移転), and how it ended.

    `digest` and `rows` are of everything that was given or taken in; `package` and `parts` say which package is being
    taken in, and how many of its parts are here.
    """

    pk = models.CompositePrimaryKey("institution", "move")
    institution = models.TextField()
    move = models.UUIDField()
    direction = models.TextField()
    other = models.TextField()
    state = models.TextField()
    rows = models.BigIntegerField(default=0)
    digest = models.TextField(default="")
    package = models.TextField(default="", db_default="")
    parts = models.IntegerField(default=0, db_default=0)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_move"
        constraints = [
            models.UniqueConstraint(
                fields=["institution"], condition=models.Q(ended_at__isnull=True), name="gateway_one_move_at_a_time"
            )
        ]
        verbose_name = "機関の移転"
        verbose_name_plural = "機関の移転"

    def __str__(self) -> str:
        return f"{self.institution} {self.direction} {self.other}"


class Person(models.Model):
    """A person as one institution numbers them, and their linkage code (団体内統合宛名番号と符号の対応).

    `hold` stops automatic answers (自動応答不可). A person first heard of is on hold until the town says otherwise.
    """

    pk = models.CompositePrimaryKey("institution", "unified_person_number")
    institution = models.TextField()
    unified_person_number = models.TextField()
    linkage_code = models.TextField(null=True)
    hold = models.BooleanField(default=True)
    non_disclosure = models.BooleanField(default=False)
    bound_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_person"
        constraints = [
            models.UniqueConstraint(fields=["institution", "linkage_code"], name="gateway_one_person_a_code")
        ]
        verbose_name = "符号の対応"
        verbose_name_plural = "符号の対応"

    def __str__(self) -> str:
        return f"{self.institution} {self.unified_person_number}"


class Acquisition(models.Model):
    """An acquisition under way (取得番号); deleted as soon as the code is bound (番号法21条の2第3項)."""

    pk = models.CompositePrimaryKey("institution", "acquisition_number")
    institution = models.TextField()
    acquisition_number = models.TextField()
    unified_person_number = models.TextField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "gateway_acquisition"
        verbose_name = "符号取得"
        verbose_name_plural = "符号取得"

    def __str__(self) -> str:
        return f"{self.institution} {self.acquisition_number}"


class Replica(models.Model):
    """A copy of a record in one layout version, registered for provision (副本). Several versions are in force at once.

    `ordinal` is the town's order of what it told about it. What the town took back keeps its row, without content, for
    as long as an older message about it could still arrive.
    """

    pk = models.CompositePrimaryKey("institution", "unified_person_number", "data_set", "record_key", "layout_version")
    institution = models.TextField()
    unified_person_number = models.TextField()
    data_set = models.TextField()
    record_key = models.TextField()
    revision = models.IntegerField()
    ordinal = models.BigIntegerField(db_default=0)
    layout_version = models.TextField()
    taken = models.BooleanField()
    published_from = models.DateField()
    published_to = models.DateField(null=True)
    payload = models.BinaryField()
    registered_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_replica"
        indexes = [
            models.Index(
                fields=["removed_at"], name="gateway_replica_removed", condition=models.Q(removed_at__isnull=False)
            )
        ]
        verbose_name = "副本"
        verbose_name_plural = "副本"

    def __str__(self) -> str:
        return f"{self.institution} {self.data_set} {self.record_key}"


class Inquiry(models.Model):
    """An inquiry of one of our institutions (情報照会), and its exchange record (番号法23条1項)."""

    pk = models.CompositePrimaryKey("institution", "transaction_number")
    institution = models.TextField()
    transaction_number = models.UUIDField()
    unified_person_number = models.TextField()
    linkage_code = models.TextField(null=True)
    provider = models.TextField()
    provider_gateway = models.TextField(default="")
    data_sets = ArrayField(models.TextField())
    refused_data_sets = ArrayField(models.TextField(), default=list)
    layouts = ArrayField(models.TextField(), default=list, db_default=[])
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField()
    requested_at = models.DateTimeField()
    valid_for_seconds = models.IntegerField(null=True)
    state = models.TextField()
    state_at = models.DateTimeField()
    permitted_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    provided_at = models.DateTimeField(null=True)
    basis = models.TextField(default="")
    reason = models.TextField(default="")
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    answer = models.BinaryField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_inquiry"
        indexes = [
            models.Index(
                fields=["institution", "next_attempt_at"],
                name="gateway_inquiry_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["institution", "unified_person_number"], name="gateway_inquiry_person"),
            models.Index(fields=["institution", "requested_at"], name="gateway_inquiry_time"),
            models.Index(
                fields=["institution", "state_at"],
                name="gateway_inquiry_unread",
                condition=models.Q(state="received", read_at__isnull=True),
            ),
        ]
        verbose_name = "情報照会"
        verbose_name_plural = "情報照会"

    def __str__(self) -> str:
        return str(self.transaction_number)


class ReceiptDue(models.Model):
    """That the other parties are still to be told how an inquiry ended (受領の通知).

    A table of its own: a mark in the inquiry would write the whole of it, and its place in every index, once more.
    """

    pk = models.CompositePrimaryKey("institution", "transaction_number")
    institution = models.TextField()
    transaction_number = models.UUIDField()

    class Meta:
        db_table = "gateway_receipt_due"
        verbose_name = "受領の通知"
        verbose_name_plural = "受領の通知"

    def __str__(self) -> str:
        return str(self.transaction_number)


class Provision(models.Model):
    """One permit answered, or held, by one of our institutions (情報提供): each permit is used once.

    `given` names the replicas that were in the answer, by data set and record key, so that their correction can be
    told.
    """

    pk = models.CompositePrimaryKey("institution", "transaction_number")
    institution = models.TextField()
    transaction_number = models.UUIDField()
    inquirer = models.TextField()
    linkage_code = models.TextField()
    unified_person_number = models.TextField(null=True)
    data_sets = ArrayField(models.TextField())
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField()
    basis = models.TextField()
    requested_at = models.DateTimeField()
    permitted_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    notified_at = models.DateTimeField()
    state = models.TextField()
    provided_at = models.DateTimeField(null=True)
    answer_sha256 = models.TextField(default="", db_default="")
    given = ArrayField(models.TextField(), default=list, db_default=models.Value("{}"))
    outcome = models.TextField(default="")
    received_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_provision"
        indexes = [
            models.Index(fields=["institution", "unified_person_number"], name="gateway_provision_person"),
            models.Index(fields=["institution", "requested_at"], name="gateway_provision_time"),
            models.Index(
                fields=["institution", "valid_until"],
                name="gateway_provision_waiting",
                condition=models.Q(state__in=["held", "released"]),
            ),
        ]
        verbose_name = "情報提供"
        verbose_name_plural = "情報提供"

    def __str__(self) -> str:
        return str(self.transaction_number)


class Correction(models.Model):
    """That something provided was corrected or withdrawn since (訂正の通知), on its way or passed on.

    At the provider's side it goes to the network, at the inquirer's to the town; `passed_at` says that it has.
    """

    pk = models.CompositePrimaryKey("institution", "transaction_number", "data_set", "ordinal")
    institution = models.TextField()
    transaction_number = models.UUIDField()
    data_set = models.TextField()
    ordinal = models.BigIntegerField()
    direction = models.TextField()
    other = models.TextField()
    kind = models.TextField()
    corrected_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_correction"
        indexes = [
            models.Index(
                fields=["institution", "direction"],
                name="gateway_correction_due",
                condition=models.Q(passed_at__isnull=True),
            )
        ]
        verbose_name = "訂正の通知"
        verbose_name_plural = "訂正の通知"

    def __str__(self) -> str:
        return f"{self.institution} {self.transaction_number}"


class RecordCorrection(models.Model):
    """What was corrected in an exchange record itself (記録の訂正), by our town (`is_own`) or the other side's.

    The record keeps what it said. `passed_at` says that the network has it, or the town.
    """

    pk = models.CompositePrimaryKey("institution", "correction")
    institution = models.TextField()
    correction = models.UUIDField()
    transaction_number = models.UUIDField()
    direction = models.TextField()
    other = models.TextField()
    field = models.TextField()
    former = models.TextField()
    value = models.TextField()
    ground = models.TextField()
    is_own = models.BooleanField()
    decided_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_record_correction"
        indexes = [
            models.Index(fields=["institution", "transaction_number"], name="gateway_record_corrections_of"),
            models.Index(
                fields=["institution", "is_own"],
                name="gateway_record_corrections_due",
                condition=models.Q(passed_at__isnull=True),
            ),
        ]
        verbose_name = "記録の訂正"
        verbose_name_plural = "記録の訂正"

    def __str__(self) -> str:
        return f"{self.institution} {self.transaction_number}"
