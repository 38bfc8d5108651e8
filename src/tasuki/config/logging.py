"""Logs as events: a catalogue name and ids, one JSON object a line, never personal data."""

import logging
import sys

import structlog


def configure_logging(level: int = logging.INFO) -> None:
    """Send every log record, ours and the libraries', to standard error as one JSON line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _drop_traceback_values,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Request lines and statements can carry what was typed; ids are logged by our own events instead.
    # What a barcode library lacks and we do not use is nobody's concern.
    for name in ("httpx", "httpcore", "django.db.backends", "pyBarcode"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _drop_traceback_values(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep where an exception came from, drop its message: PostgreSQL and parsers quote values in theirs."""
    info = event.pop("exc_info", None)
    if info:
        error = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info is True else info
        if isinstance(error, BaseException):
            event["exception"] = type(error).__qualname__
            event["frames"] = _frames(error)
    return event


def _frames(error: BaseException) -> list[str]:
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-12:]
