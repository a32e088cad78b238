"""Server-sent events as a test sees them (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ._response import Response


@dataclasses.dataclass
class Event:
    """An event."""

    #: The last id that the server has sent, with this event or before; empty if it has sent none.
    id: str = ""
    #: The type.
    event: str = "message"
    #: The data; its lines end with LF.
    data: str = ""
    #: The milliseconds before a client connects again, if this event sets them.
    retry: int | None = None


class EventStream(Iterator[Event]):
    """The events of a response. The client leaves at the end of the `with` block.

    Comments are ignored, and so is what has no data.
    """

    def __init__(self, response: Response) -> None:
        kind = response.headers.get_content_type()
        if response.status_code != 200 or kind != "text/event-stream":
            raise AssertionError(f"no events: {response.status_code} {kind}: {response.text}")
        #: The response: its fields.
        self.response = response
        self._lines = _lines(response)
        self._last_id = ""

    def __next__(self) -> Event:
        """Waits for the next event; the end of the response is the end of the iteration."""
        data: list[str] = []
        event = Event()
        for line in self._lines:
            if line and not line.startswith(":"):
                self._take(line, event, data)
            elif not line and data:
                event.id, event.data = self._last_id, "\n".join(data)
                return event
            elif not line:
                event = Event()
        raise StopIteration

    def _take(self, line: str, event: Event, data: list[str]) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            event.event = value
        elif name == "id" and "\0" not in value:
            self._last_id = value
        elif name == "retry" and value.isdecimal():
            event.retry = int(value)

    def close(self) -> None:
        """The client leaves."""
        self.response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _lines(response: Response) -> Iterator[str]:
    """The lines of a body: each ends with CR, LF or CRLF."""
    rest = b""
    for piece in response.iter_bytes():
        *lines, rest = END_OF_LINE.split(rest + piece)
        for line in lines:
            yield line.decode()


#: A CR at the end may be the first half of a CRLF.
END_OF_LINE = re.compile(rb"\r\n|\n|\r(?!\Z)")
