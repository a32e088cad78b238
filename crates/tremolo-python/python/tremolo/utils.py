"""Small functions that applications import from the original by these names."""

from __future__ import annotations

import inspect
import os
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from html import escape
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from ._blocking import Blocking
from ._cli.parse import parse
from ._tremolo import __version__

__all__ = [
    "AsyncToSyncWrapper",
    "file_signature",
    "getoptions",
    "html_escape",
    "is_async",
    "log_date",
    "memory_usage",
    "parse_args",
    "parse_fields",
    "parse_int",
    "print_logo",
    "server_date",
    "to_sync",
]

Text = TypeVar("Text", str, bytes)

#: `to_sync(object, loop)`: its coroutines are waited for, seen from another thread.
AsyncToSyncWrapper = to_sync = Blocking


def html_escape(data: Text) -> Text:
    """Escapes text for HTML, for use between tags or in an attribute.

    >>> html_escape(b"<b title='x'>")
    b'&lt;b title=&#x27;x&#x27;&gt;'
    """
    if isinstance(data, str):
        return escape(data)
    # Of latin-1 every byte is a character, so those that mean nothing come through.
    return escape(data.decode("latin-1")).encode("latin-1")


def memory_usage(pid: int = 0) -> int:
    """The memory of a process in KiB, by default of this one; -1 where that is unknown."""
    try:
        with open(f"/proc/{pid or os.getpid()}/statm", "rb") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return -1
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def server_date() -> bytes:
    """The current time in the format of `Date` (RFC 9110, section 5.6.7)."""
    return formatdate(usegmt=True).encode()


def log_date() -> str:
    """The current local time, for a line of a log."""
    return f"[{datetime.now(UTC).astimezone():%Y-%m-%d %H:%M:%S}]"


def parse_fields(
    data: bytes, separator: bytes = b";", split: bytes | None = b"=", max_fields: int = 100
) -> Iterator[Any]:
    """The members of a list, in their order: pairs, or with `split=None` the members as they are.

    The name of a pair is in lower case, its value without quotes and percent-decoded. Pairs
    without a name are left out, and whatever comes after `max_fields` members.

    >>> list(parse_fields(b'text/html; Charset="utf-8"'))
    [(b'text/html', b''), (b'charset', b'utf-8')]
    """
    if len(separator) != 1:
        raise ValueError(f"a separator is one byte, not {separator!r}")
    for member in data.split(separator, max_fields)[:max_fields]:
        if not split:
            yield member.strip()
            continue
        name, _, value = member.partition(split)
        if name := name.strip().lower():
            yield name, unquote_to_bytes(value.strip(b' \t"'))


def parse_args(**callbacks: Callable[..., int | None]) -> dict[str, Any]:
    """Reads the options of `Application.run` from the command line, as `python -m tremolo` does.

    For an option of another name the callback of that name is called with `value` and `options`,
    to which it may add. A number that it returns ends the program with this exit code.

    >>> def directory_index(value, options):
    ...     options["directory_index"] = value.split(",")
    >>> options = parse_args(directory_index=directory_index)
    """
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 8000}
    parse(sys.argv[1:], callbacks, options)
    return options


def print_logo() -> None:
    """Prints the name and the version of the server."""
    print(f"Tremolo {__version__}")


def parse_int(string: bytes | bytearray, base: int = 10) -> int:
    """A number of at most 16 digits: no sign, no blanks, no `_`, no zeros in front."""
    digits = bytes(string) if isinstance(string, bytes | bytearray) else b""
    if not digits.isalnum() or len(digits) > 16 or (digits[:1] == b"0" and digits != b"0"):
        raise ValueError(f"{string!r}: not a number of up to 16 digits")
    return int(digits, base)


def is_async(func: Callable[..., Any]) -> bool:
    """Whether a function is a coroutine function, or an asynchronous generator function."""
    return inspect.iscoroutinefunction(func) or inspect.isasyncgenfunction(func)


def getoptions(func: Callable[..., Any]) -> dict[str, Any]:
    """The parameters of a function with their defaults; `None` for those without."""
    return {
        name: None if parameter.default is parameter.empty else parameter.default
        for name, parameter in inspect.signature(func).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    }


def file_signature(path: str | os.PathLike[str]) -> tuple[int, int, float]:
    """Changes when a file changes: its kind, its size, the time of its last change."""
    status = os.stat(path)
    return stat.S_IFMT(status.st_mode), status.st_size, status.st_mtime
