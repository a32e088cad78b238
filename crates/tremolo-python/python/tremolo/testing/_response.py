"""A response as a test sees it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self


class Response:
    """A response. Of `TestClient.stream` it is read piece by piece; else its body is there.

    A body that is cut is an `http.client.IncompleteRead`.
    """

    def __init__(
        self, raw: http.client.HTTPResponse, connection: http.client.HTTPConnection
    ) -> None:
        self._raw = raw
        self._connection = connection
        self._content: bytes | None = None
        #: The status, an integer.
        self.status_code = raw.status
        #: The reason phrase.
        self.reason = raw.reason
        #: The fields: a mapping whose names have no case; `get_all` has all values of a name.
        self.headers = raw.headers

    def iter_bytes(self) -> Iterator[bytes]:
        """The pieces of the body, as they arrive."""
        while piece := self._raw.read1(PIECE):
            yield piece
        if self._raw.length:
            raise http.client.IncompleteRead(b"", self._raw.length)

    @property
    def content(self) -> bytes:
        """The body."""
        if self._content is None:
            self._content = b"".join(self.iter_bytes())
        return self._content

    @property
    def text(self) -> str:
        """The body as text, in the charset of its `Content-Type`, or UTF-8."""
        return self.content.decode(self.headers.get_content_charset("utf-8"))

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def close(self) -> None:
        """The client leaves: the connection is closed, also within a body."""
        self._raw.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Response {self.status_code} {self.reason}>"


#: The most bytes of one piece.
PIECE = 1 << 16
