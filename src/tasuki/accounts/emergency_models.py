"""The table of emergency roles: asked for by one person, opened by another, over after a short time."""

import datetime as dt
from typing import Final

from django.db import models
from django.db.models import F, Q

from tasuki.accounts.types import EmergencyDecision, EmergencyEnd, Role

#: Whatever the table of duties says, the database lets nothing stand longer.
_LONGEST: Final = dt.timedelta(hours=4)


class Emergency(models.Model):
    """A duty lent to a member of staff in an emergency (緊急時の権限), from the request to its end."""

    emergency = models.UUIDField(primary_key=True)
    duty = models.TextField()
    reason = models.TextField()
    staff = models.ForeignKey("accounts.Staff", models.PROTECT)
    # What they were when they asked; whoever becomes something else meanwhile is lent nothing.
    role = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    decision = models.TextField(null=True)
    decision_reason = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    until = models.DateTimeField(null=True)
    end = models.TextField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_emergency"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role if role is not Role.CONTRACTOR]),
                name="emergency_is_no_contractors",
            ),
            models.CheckConstraint(
                condition=Q(decision=None, decided_at=None, decided_by=None)
                | Q(
                    decision__in=[one.value for one in EmergencyDecision],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="emergency_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decision=None)
                | Q(decision=EmergencyDecision.WITHDRAWN.value, decided_by=F("asked_by"))
                | (~Q(decision=EmergencyDecision.WITHDRAWN.value) & ~Q(decided_by=F("asked_by"))),
                name="emergency_takes_two_people",
            ),
            models.CheckConstraint(
                condition=(Q(until=None) & (Q(decision=None) | ~Q(decision=EmergencyDecision.OPENED.value)))
                | Q(
                    decision=EmergencyDecision.OPENED.value,
                    until__gt=F("decided_at"),
                    until__lte=F("decided_at") + _LONGEST,
                ),
                name="emergency_is_short",
            ),
            models.CheckConstraint(
                condition=Q(end=None, ended_at=None, ended_by=None)
                | Q(
                    end__in=[one.value for one in EmergencyEnd],
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                    decision=EmergencyDecision.OPENED.value,
                ),
                name="emergency_ended_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["staff"],
                condition=Q(decision=None) | Q(decision=EmergencyDecision.OPENED.value, ended_at=None),
                name="emergency_one_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="emergency_newest")]
        verbose_name = "緊急時の権限"
        verbose_name_plural = "緊急時の権限"

    def __str__(self) -> str:
        return str(self.emergency)

    def stands(self, at: dt.datetime) -> bool:
        """Say whether the duty is lent now."""
        is_open = self.decision == EmergencyDecision.OPENED.value and self.ended_at is None
        return is_open and self.until is not None and at < self.until
