"""What is written about contractors: registers, works, who was present, what came in and went out."""

from tasuki.contractors.operations.attendance import begin_attendance, end_attendance
from tasuki.contractors.operations.certificates import inspect_certificate, receive_certificate
from tasuki.contractors.operations.passages import begin_passage, end_passage
from tasuki.contractors.operations.registers import (
    designate_handler,
    end_handler,
    record_pledge,
    record_training,
    register_firm,
)
from tasuki.contractors.operations.works import (
    inspect_work,
    report_work,
    request_work,
    review_work,
    withdraw_work,
)

__all__ = [
    "begin_attendance",
    "begin_passage",
    "designate_handler",
    "end_attendance",
    "end_handler",
    "end_passage",
    "inspect_certificate",
    "inspect_work",
    "receive_certificate",
    "record_pledge",
    "record_training",
    "register_firm",
    "report_work",
    "request_work",
    "review_work",
    "withdraw_work",
]
