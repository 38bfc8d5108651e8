"""Ids of messages already acted on, so that none is acted on twice."""

from django.db import models


class ReceivedMessage(models.Model):
    """A message accepted from a peer (受信済電文)."""

    pk = models.CompositePrimaryKey("sender", "message")
    sender = models.TextField()
    message = models.UUIDField()
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "protocol_received_message"
        verbose_name = "受信済電文"
        verbose_name_plural = "受信済電文"

    def __str__(self) -> str:
        return f"{self.sender} {self.message}"
