"""Logs as events: a catalogue name and ids, one JSON object a line, never personal data."""

import logging
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import structlog

#: What is added to every event, beside the fields its entry in the catalogue names.
_ALWAYS = frozenset({"event", "level", "timestamp", "exc_info", "exception", "frames", "_record", "_from_structlog"})
UNKNOWN_EVENT = "LOG-001 unknown_event"


def configure_logging(level: int = logging.INFO) -> None:
    """Send every log record, ours and the libraries', to standard error as one JSON line."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, only_catalogued, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
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


@cache
def catalogue() -> Mapping[str, frozenset[str]]:
    """Return the fields of each event our own code may log, by code and name (`log_events.toml`)."""
    content = tomllib.loads(files("tasuki.config").joinpath("log_events.toml").read_text("utf-8"))
    return {f"{code} {event['name']}": frozenset(event["fields"]) for code, event in content["event"].items()}


def only_catalogued(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Let through what the catalogue names: an event it does not know loses its words, and any event other fields."""
    fields = catalogue().get(event["event"])
    if fields is None:
        event["event"] = UNKNOWN_EVENT
    allowed = _ALWAYS | (fields or frozenset())
    return {key: value for key, value in event.items() if key in allowed}


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
