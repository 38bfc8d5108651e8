"""Tables of the change over."""

from django.db import models
from django.db.models import Q


class Rehearsal(models.Model):
    """A rehearsal (仮移行) of an export in a sealed copy: counts and digests, nobody."""

    number = models.BigAutoField(primary_key=True)
    title = models.TextField()
    export_digest = models.TextField()
    state = models.TextField()
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    copy_dropped_at = models.DateTimeField(null=True)
    files = models.JSONField(default=list)
    differing = models.JSONField(default=list)
    tables = models.IntegerField(default=0)
    differences = models.IntegerField(default=0)
    passed = models.BooleanField(default=False)
    way_back = models.BooleanField(default=False)
    report_sha256 = models.TextField(default="")

    class Meta:
        db_table = "cutover_rehearsal"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ENDED", ended_at__isnull=False) | Q(state__in=["RUNNING", "BROKEN_OFF"]),
                name="cutover_rehearsal_ended_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["export_digest", "-number"], name="cutover_rehearsal_of")]
        verbose_name = "仮移行"
        verbose_name_plural = "仮移行"

    def __str__(self) -> str:
        return str(self.number)


class Difference(models.Model):
    """Where what was rehearsed differs from what was given (仮移行の違い): file, line and column, never a value."""

    rehearsal = models.BigIntegerField()
    file = models.TextField()
    line = models.IntegerField()
    field = models.TextField()
    kind = models.TextField()

    class Meta:
        db_table = "cutover_difference"
        indexes = [models.Index(fields=["rehearsal", "file", "line"], name="cutover_difference_of")]
        verbose_name = "仮移行の違い"
        verbose_name_plural = "仮移行の違い"

    def __str__(self) -> str:
        return f"{self.rehearsal} {self.file} {self.line}"


class Plan(models.Model):
    """A plan of the change over (切替計画): its window, its export, and what became of it."""

    number = models.BigAutoField(primary_key=True)
    title = models.TextField()
    rehearsal = models.BigIntegerField()
    export_digest = models.TextField()
    sheet_id = models.UUIDField(null=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    begun_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField(null=True)
    rolled_back_at = models.DateTimeField(null=True)
    rolled_back_by = models.TextField(null=True)
    rolled_back_why = models.TextField(default="")
    files = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    differing = models.JSONField(default=list)
    left_standing = models.IntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    pdf = models.BinaryField(null=True)
    sha256 = models.TextField(default="")

    class Meta:
        db_table = "cutover_plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="cutover_plan_window_is_a_period"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, pdf__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, pdf__isnull=False),
                name="cutover_plan_closes_with_its_report",
            ),
            models.CheckConstraint(
                condition=Q(rolled_back_at__isnull=True, rolled_back_by__isnull=True)
                | Q(rolled_back_at__isnull=False, rolled_back_by__isnull=False),
                name="cutover_plan_is_rolled_back_by_somebody",
            ),
        ]
        verbose_name = "切替計画"
        verbose_name_plural = "切替計画"

    def __str__(self) -> str:
        return str(self.number)


class PlanStep(models.Model):
    """A step of a plan (切替の手順): what, who, when, and the way back from there."""

    pk = models.CompositePrimaryKey("plan", "place")
    plan = models.BigIntegerField()
    place = models.SmallIntegerField()
    what_ja = models.TextField()
    what_en = models.TextField()
    who = models.TextField()
    planned_at = models.DateTimeField()
    way_back_ja = models.TextField()
    way_back_en = models.TextField()
    done_at = models.DateTimeField(null=True)
    ticked_at = models.DateTimeField(null=True)
    ticked_by = models.TextField(null=True)
    remark = models.TextField(default="")

    class Meta:
        db_table = "cutover_step"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, ticked_at__isnull=True, ticked_by__isnull=True)
                | Q(done_at__isnull=False, ticked_at__isnull=False, ticked_by__isnull=False),
                name="cutover_step_is_ticked_by_somebody",
            ),
        ]
        verbose_name = "切替の手順"
        verbose_name_plural = "切替の手順"

    def __str__(self) -> str:
        return f"{self.plan} {self.place}"


class GoWord(models.Model):
    """Somebody's go or no-go about a plan (実施の判定); append-only."""

    plan = models.BigIntegerField()
    verdict = models.TextField()
    reason = models.TextField()
    said_at = models.DateTimeField()
    said_by = models.TextField()

    class Meta:
        db_table = "cutover_word"
        constraints = [
            # Two people, and neither of them twice; who said go may still stop it.
            models.UniqueConstraint(fields=["plan", "said_by", "verdict"], name="cutover_word_once_each"),
        ]
        verbose_name = "実施の判定"
        verbose_name_plural = "実施の判定"

    def __str__(self) -> str:
        return f"{self.plan} {self.verdict}"


class PlanFile(models.Model):
    """A file of a plan that is in (切り替えたファイル), by which a plan that broke off goes on where it stopped."""

    pk = models.CompositePrimaryKey("plan", "name")
    plan = models.BigIntegerField()
    name = models.TextField()
    place = models.SmallIntegerField()
    kind = models.TextField()
    sha256 = models.TextField()
    load = models.UUIDField()
    loaded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cutover_file"
        verbose_name = "切り替えたファイル"
        verbose_name_plural = "切り替えたファイル"

    def __str__(self) -> str:
        return f"{self.plan} {self.name}"
