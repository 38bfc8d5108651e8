"""Tables every node has: ids of messages already acted on, and when the worker was last at work."""

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


class WorkerLoop(models.Model):
    """A kind of work that the node's worker does again and again (定期処理), and when it last came to its end."""

    name = models.TextField(primary_key=True)
    ended_at = models.DateTimeField()

    class Meta:
        db_table = "protocol_worker_loop"
        verbose_name = "定期処理"
        verbose_name_plural = "定期処理"

    def __str__(self) -> str:
        return self.name
