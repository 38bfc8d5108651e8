"""Tables of the index as a service: who speaks with it by itself, and what matching has yet to take in."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tasuki.persons.types.files import OPEN_STATES, PeopleFileState


class ApiClient(models.Model):
    """A business system's access to the index by itself (API利用者)."""

    client_id = models.TextField(primary_key=True)
    system = models.TextField()
    name = models.TextField()
    scopes = ArrayField(models.TextField())
    made_at = models.DateTimeField()
    made_by = models.TextField()
    disabled_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "persons_api_client"
        verbose_name = "API利用者"
        verbose_name_plural = "API利用者"

    def __str__(self) -> str:
        return self.client_id


class ApiSecret(models.Model):
    """A secret by which a client proves who it is (クライアントシークレット): sealed, shown once, never again."""

    secret_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client_id = models.TextField()
    sealed_secret = models.BinaryField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "persons_api_secret"
        indexes = [models.Index(fields=["client_id"], name="persons_api_secret_whose")]
        verbose_name = "クライアントシークレット"
        verbose_name_plural = "クライアントシークレット"

    def __str__(self) -> str:
        return str(self.secret_id)


class UsedAssertion(models.Model):
    """An assertion that a client has used (使用済みアサーション): until it expires, nobody uses it again."""

    pk = models.CompositePrimaryKey("client_id", "assertion_hash")
    client_id = models.TextField()
    assertion_hash = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "persons_used_assertion"
        indexes = [models.Index(fields=["expires_at"], name="persons_used_assertion_expiry")]
        verbose_name = "使用済みアサーション"
        verbose_name_plural = "使用済みアサーション"

    def __str__(self) -> str:
        return self.client_id


class TokenFailure(models.Model):
    """How often somebody failed to get a token lately (トークン取得の失敗), by a hash of who and where from."""

    source_hash = models.BinaryField(primary_key=True)
    failures = models.IntegerField()
    latest_at = models.DateTimeField()

    class Meta:
        db_table = "persons_token_failure"
        verbose_name = "トークン取得の失敗"
        verbose_name_plural = "トークン取得の失敗"

    def __str__(self) -> str:
        return str(self.failures)


class PeopleFile(models.Model):
    """A file of people to register (宛名登録ファイル): sealed until somebody decides about it, then without content."""

    file_id = models.UUIDField(primary_key=True)
    system = models.TextField()
    file_name = models.TextField()
    sealed_content = models.BinaryField(null=True)
    state = models.TextField()
    findings = models.JSONField(null=True)
    work_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    received_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="")

    class Meta:
        db_table = "persons_people_file"
        constraints = [
            # Whatever ended a file took its content with it: it holds individual numbers.
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[one.value for one in PeopleFileState if one in OPEN_STATES],
                    sealed_content__isnull=False,
                    ended_at__isnull=True,
                )
                | models.Q(
                    state__in=[one.value for one in PeopleFileState if one not in OPEN_STATES],
                    sealed_content__isnull=True,
                    ended_at__isnull=False,
                ),
                name="persons_people_file_ends_empty",
            )
        ]
        indexes = [models.Index(fields=["-received_at"], name="persons_people_file_newest")]
        verbose_name = "宛名登録ファイル"
        verbose_name_plural = "宛名登録ファイル"

    def __str__(self) -> str:
        return str(self.file_id)


class MatchWaiting(models.Model):
    """A statement that matching has yet to take in (照合待ち), because it is new or says something else now."""

    pk = models.CompositePrimaryKey("system", "system_person_number")
    system = models.TextField()
    system_person_number = models.TextField()
    waiting_since = models.DateTimeField()

    class Meta:
        db_table = "persons_match_waiting"
        verbose_name = "照合待ち"
        verbose_name_plural = "照合待ち"

    def __str__(self) -> str:
        return f"{self.system} {self.system_person_number}"


class PersonErasure(models.Model):
    """That numbers of a system were taken off the index (索引からの消去), and how many: never whose they were."""

    erasure_id = models.UUIDField(primary_key=True)
    numbers = models.IntegerField()
    erased_at = models.DateTimeField()
    erased_by = models.TextField()

    class Meta:
        db_table = "persons_erasure"
        verbose_name = "索引からの消去"
        verbose_name_plural = "索引からの消去"

    def __str__(self) -> str:
        return str(self.erasure_id)
