"""The client of a test that is not asynchronous."""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import urllib.request
import weakref
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from ._body import Arguments, Content, Files, Pairs, encoded, target
from ._events import EventStream
from ._local import DEFAULT_CLIENT, Client, LocalServer, ServerThread, closing_on_error, connect
from ._response import Response
from ._websocket import WebSocketSession


class TestClient:
    """Serves an application in a thread of its own, as long as the `with` block runs.

    >>> with TestClient(app, client=("203.0.113.7", 4711)) as client:
    ...     assert client.get("/search", params={"q": "tea"}).text == "..."

    The hooks of the start have run when the block begins, and those of the end when it is left.
    `client` is the address that requests come from, or `None` for a Unix socket; `headers` are
    fields of each request; `timeout` is how many seconds the client waits for the server, or
    `None`. With `strict` a response with a status of 500 or more is an `AssertionError`. `loop` is
    the loop of the server, as for `Application.run`. The other options are those of
    `Application.serve`; an application of ASGI also has those of `tremolo.run`.

    Each request has a connection of its own. What is still open at the end of the block is closed:
    streams, events, WebSockets. Other requests are finished. Cookies are kept, in the `CookieJar`
    `cookies`. Redirects are not followed.
    """

    #: It is not a test itself, whatever pytest thinks of its name.
    __test__ = False

    def __init__(
        self,
        app: Any,
        *,
        client: Client = DEFAULT_CLIENT,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        strict: bool = False,
        loop: str | None = None,
        **options: Any,
    ) -> None:
        self._server = LocalServer(app, options)
        self._loop = loop
        self._thread: ServerThread | None = None
        self._client = client
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._is_strict = strict
        self.cookies = http.cookiejar.CookieJar()
        #: The connections of streams, events and WebSockets.
        self._open: weakref.WeakSet[http.client.HTTPConnection] = weakref.WeakSet()

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("the server of this client runs already")
        thread = ServerThread(self._server, self._loop)
        thread.start()
        self._thread = thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        thread, self._thread = self._thread, None
        for connection in self._open:
            connection.close()
        if thread is not None:
            thread.stop()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        content: Content | None = None,
        data: Pairs | None = None,
        files: Files | None = None,
        json: Any = None,
    ) -> Response:
        """Sends a request and reads the response.

        `params` are added to the query. The body is `content` (bytes, text, or an iterable of
        bytes, which are sent one by one in chunks), `data` (a form), `files` (a form with files:
        `{"name": ("cat.png", b"...", "image/png")}`, with the fields of `data`), or `json`.
        """
        response = self._send(
            method, target(path, params), headers, *encoded(content, data, files, json)
        )
        with response:
            # Reads it before the connection is closed.
            _ = response.content
        return response

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        content: Content | None = None,
        data: Pairs | None = None,
        files: Files | None = None,
        json: Any = None,
    ) -> Iterator[Response]:
        """Sends a request; the body of the response is read piece by piece. The client leaves at
        the end of the block.

        >>> with client.stream("GET", "/numbers") as response:
        ...     first = next(response.iter_bytes())
        """
        body = encoded(content, data, files, json)
        with self._send(method, target(path, params), headers, *body) as response:
            self._open.add(response._connection)
            yield response

    def get(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method GET."""
        return self.request("GET", path, **arguments)

    def head(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method HEAD."""
        return self.request("HEAD", path, **arguments)

    def post(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method POST."""
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method PUT."""
        return self.request("PUT", path, **arguments)

    def patch(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method PATCH."""
        return self.request("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method DELETE."""
        return self.request("DELETE", path, **arguments)

    def options(self, path: str, **arguments: Unpack[Arguments]) -> Response:
        """`request` with the method OPTIONS."""
        return self.request("OPTIONS", path, **arguments)

    def websocket_connect(
        self,
        path: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> WebSocketSession:
        """Opens a WebSocket; a `WebSocketRefused` with the response if the server refuses.

        >>> with client.websocket_connect("/chat") as socket:
        ...     socket.send("hi")
        ...     assert socket.receive() == "hi"
        """
        own = {**WebSocketSession.HANDSHAKE, **(headers or {})}
        if subprotocols:
            own["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
        connection, response = self._exchange("GET", target(path, None), own, None, None)
        # A response with `Connection: close` has the socket for itself.
        with closing_on_error(connection), closing_on_error(response):
            self._open.add(connection)
            return WebSocketSession(connection, response)

    def events(
        self,
        path: str,
        *,
        last_event_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EventStream:
        """Opens a stream of server-sent events; an `AssertionError` if the response is none.

        >>> with client.events("/events", last_event_id="41") as events:
        ...     assert next(events).data == "tick"
        """
        own = {"Accept": "text/event-stream", **(headers or {})}
        if last_event_id is not None:
            own["Last-Event-ID"] = last_event_id
        response = self._send("GET", target(path, None), own, None, None)
        with closing_on_error(response):
            self._open.add(response._connection)
            return EventStream(response)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: Content | None,
        media_type: str | None,
    ) -> Response:
        connection, raw = self._exchange(method, url, headers, body, media_type)
        response = Response(raw, connection)
        if self._is_strict and raw.status >= 500:
            with response:
                raise AssertionError(f"{method} {url}: {raw.status} {raw.reason}: {response.text}")
        return response

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: Content | None,
        media_type: str | None,
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Sends a request and reads the head of the response."""
        if self._thread is None:
            raise RuntimeError("the server does not run: write `with TestClient(app) as client:`")
        fields = {"Content-Type": media_type} if media_type else {}
        fields = _merged(fields, self._headers, headers or {})
        cookies = urllib.request.Request(f"http://localhost{url}")
        self.cookies.add_cookie_header(cookies)
        if cookies.has_header("Cookie") and not any(name.lower() == "cookie" for name in fields):
            fields["Cookie"] = cookies.get_header("Cookie") or ""
        connection = _Connection(self._server.path, self._client, self._timeout)
        with closing_on_error(connection):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                # A server that refuses a body may not read all of it: its response has the reason.
                connection.request(method, url, body, fields)
            raw = connection.getresponse()
        self.cookies.extract_cookies(raw, cookies)
        return connection, raw


class _Connection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: str, client: Client, timeout: float | None) -> None:
        super().__init__("localhost")
        self._path, self._client, self._timeout = path, client, timeout

    def connect(self) -> None:
        self.sock = connect(self._path, self._client, self._timeout)


def _merged(*sources: Mapping[str, str]) -> dict[str, str]:
    """Fields; a later one replaces an earlier one with the same name, in any case."""
    fields: dict[str, tuple[str, str]] = {}
    for source in sources:
        fields.update((name.lower(), (name, value)) for name, value in source.items())
    return dict(fields.values())
