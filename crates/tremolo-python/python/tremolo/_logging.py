"""Exceptions in the log: their texts may raise, and must not forge a line."""

from __future__ import annotations

import datetime
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from . import _log_config
from ._tremolo import escape_controls


def text_of(error: object, fallback: str = "(no text)") -> str:
    """The text of an exception; its `__str__` may raise."""
    try:
        return str(error)
    except Exception:
        return fallback


def repr_of(error: object) -> str:
    """The `repr` of an object; its `__repr__` may raise."""
    try:
        return repr(error)
    except Exception:
        return f"<{type(error).__name__}>"


def escaped_text_of(error: object) -> str:
    """The text of an exception in one line."""
    return escape_controls(text_of(error))


_Info = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """Tracebacks with each exception and note in one line, control characters escaped."""

    def formatException(self, ei: _Info) -> str:  # noqa: N802 - the name is of the base
        kind, error, where = ei
        if kind is None or error is None:
            return super().formatException(ei)
        trace = traceback.TracebackException(kind, error, where)
        for one in _all_of(trace):
            _escape(one)
        return "\n".join(map(escape_controls, "".join(trace.format()).rstrip("\n").split("\n")))


class JsonFormatter(LineFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The time, the level, the logger, the text, and the traceback if there is one."""
        when = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "timestamp": when.isoformat(timespec="microseconds"),
            "level": record.levelname,
            "target": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _escape(one: traceback.TracebackException) -> None:
    """Escapes the text and the notes of an exception, so that each is one line."""
    notes: Any = getattr(one, "__notes__", None)
    if isinstance(notes, list):
        one.__notes__ = [escaped_text_of(note) for note in notes]
    parts = one.format_exception_only

    def escaped(*args: Any, **options: Any) -> Iterator[str]:
        for part in parts(*args, **options):
            # Lines that begin with white space show the place of a syntax error.
            yield part if part[:1].isspace() else f"{escape_controls(part.removesuffix(LF))}\n"

    one.format_exception_only = escaped  # type: ignore[assignment, method-assign]


def _all_of(trace: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """An exception, and all exceptions that it was raised from."""
    left = [trace]
    while left:
        one = left.pop()
        yield one
        left += [other for other in (one.__cause__, one.__context__) if other is not None]
        left += one.exceptions or ()


def error_logger(logger: logging.Logger) -> logging.Logger:
    """The logger for applications, connections and requests, and for what goes wrong with them:
    `tremolo.error`. The server logs about its processes, sockets and certificates with its own."""
    # A program may have an adapter in place of the logger.
    return logger.getChild("error") if isinstance(logger, logging.Logger) else logger


def access_logger() -> logging.Logger:
    """The logger of the access log."""
    return logging.getLogger("tremolo.access")


def stream_handler(fmt: str | None) -> logging.Handler:
    """Lines on standard error: `text`, `json`, or a format of `logging`."""
    handler = logging.StreamHandler(sys.stderr)
    if fmt == "json":
        handler.setFormatter(JsonFormatter())
    else:
        usual = fmt is None or fmt == "text"
        text = "[%(asctime)s] %(levelname)s: %(message)s" if usual else fmt
        handler.setFormatter(LineFormatter(text))
    return handler


#: The level, the format, and the configuration that a program gives.
Log = tuple[str | int | None, str | None, _log_config.LogConfig]


def set_up(logger: logging.Logger, log: Log, *, debug: bool) -> None:
    """Log lines go to standard error, unless the program has set up its own."""
    level, fmt, config = log
    if config is not None:
        _log_config.apply(config)
    if not logger.hasHandlers():
        logger.addHandler(stream_handler(fmt))
        access = access_logger()
        if not access.handlers:
            # The lines have a date of their own.
            access.addHandler(stream_handler("%(message)s"))
            access.propagate = False
    if level is None and logger.level != logging.NOTSET and config is not None:
        return
    level = level if level is not None else "DEBUG" if debug else "INFO"
    logger.setLevel(LEVELS.get(level.upper(), level.upper()) if isinstance(level, str) else level)


#: Levels of the table of options that `logging` does not have.
LEVELS = {"OFF": logging.CRITICAL + 1, "TRACE": logging.DEBUG}

LF = "\n"
