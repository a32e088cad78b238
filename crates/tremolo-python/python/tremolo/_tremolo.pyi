"""The engine's side of the package, in Rust."""

import asyncio
import os
from asyncio.trsock import TransportSocket
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from contextvars import Context
from datetime import datetime
from typing import Any, final

from ._forms import Part
from ._interfaces import Answer, Draft, PythonHooks
from .exceptions import HTTPRedirect
from .lib.connection import Connection, Transport
from .lib.contexts import RequestContext
from .lib.http_header import Headers, HTTPHeader, ResponseHeaders

__all__ = [
    "PAGE_STATUSES",
    "SSE",
    "AsgiTarget",
    "BlockingIo",
    "BodyStream",
    "Callee",
    "ClientCertificate",
    "Handle",
    "Handover",
    "HeadLists",
    "Listener",
    "Multipart",
    "Operation",
    "PidFile",
    "RateLimiter",
    "Request",
    "Response",
    "Server",
    "StaticFiles",
    "Stats",
    "Step",
    "TlsDetails",
    "Waiter",
    "WebSocket",
    "__version__",
    "begin_page",
    "check_options",
    "check_prefix",
    "encode_location",
    "engine_options",
    "environment_options",
    "error_page",
    "escape_controls",
    "form_kind",
    "handover_is_complete",
    "in_order",
    "listener_options",
    "nearest_option",
    "note_fork",
    "option_table",
    "page_of",
    "parameters",
    "parse_form",
    "parse_option",
    "process_options",
    "single_addresses",
]

_Data = str | bytes | bytearray | memoryview | tuple[str, str]

PAGE_STATUSES: tuple[int, int]
__version__: str

def error_page(
    request: Request,
    code: int,
    detail: str = "",
    reason: str | None = None,
    members: list[tuple[str, str]] = ...,
) -> tuple[str, bool, str]: ...
def escape_controls(text: str) -> str: ...
def begin_page(response: Response, status: int, reason: str | None, content_type: str) -> None: ...
def check_prefix(prefix: str) -> None: ...
def in_order(pairs: list[tuple[int, Any]], reverse: bool) -> list[Any]: ...
def encode_location(target: bytes) -> bytes: ...
def engine_options() -> dict[str, Any]: ...
def environment_options() -> dict[str, Any]: ...
def form_kind(request: Request, max_size: int) -> str: ...
def listener_options() -> list[str]: ...
def single_addresses(address: str) -> list[str]: ...
def note_fork() -> None: ...
def nearest_option(name: str, known: list[str]) -> str | None: ...
def option_table() -> list[tuple[str, str, list[str], str, str]]: ...
def process_options(options: dict[str, Any]) -> dict[str, Any]: ...
def check_options(options: dict[str, Any]) -> None: ...
def parse_option(name: str, text: str) -> Any: ...
def parse_form(request: Request, data: bytes, max_fields: int) -> dict[str, list[str]]: ...
def page_of(code: int, pages: list[int]) -> int | None: ...
def parameters(path: str) -> tuple[bool, list[str]]: ...

@final
class Stats:
    """The sums of the numbers of several workers."""

    length: int
    def __new__(cls, rows: list[list[int]]) -> Stats: ...
    def measures(self) -> dict[str, Any]: ...
    def report(self, request: Request) -> tuple[str, str]: ...

@final
class Operation:
    """The awaitable of a method: it begins, and raises, when it is awaited."""

    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    def __await__(self) -> Any: ...
    def __iter__(self) -> Any: ...
    def __next__(self) -> Any: ...
    def send(self, _value: object) -> Any: ...
    def throw(self, *exception: Any) -> Any: ...
    def close(self) -> None: ...

@final
class Step:
    def timed_out(self) -> Any: ...
    def attempt(self) -> tuple[asyncio.Future[None] | None, Any]: ...

@final
class Waiter:
    """The future that a task awaits while its operation cannot go on."""

    _asyncio_future_blocking: bool
    def get_loop(self) -> asyncio.AbstractEventLoop: ...
    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def result(self) -> None: ...
    def exception(self) -> BaseException | None: ...
    def add_done_callback(
        self, function: Callable[[Waiter], object], *, context: Context | None = None
    ) -> None: ...
    def remove_done_callback(self, function: Callable[[Waiter], object]) -> int: ...
    def cancel(self, msg: object = None) -> bool: ...
    def __await__(self) -> Generator[Any]: ...
    def __iter__(self) -> Generator[Any]: ...
    def __next__(self) -> Waiter: ...

@final
class BodyStream:
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def __anext__(self) -> Coroutine[Any, Any, bytes]: ...
    def aclose(self) -> Coroutine[Any, Any, None]: ...

@final
class BlockingIo:
    """An operation that waits for a disk: `run` it on a thread, then await `finish`."""

    def run(self) -> None: ...
    def finish(self) -> Coroutine[Any, Any, None]: ...

@final
class StaticFiles:
    """A folder whose files are served, for `Application.mount`.

    GET and HEAD, with ranges, conditions, `ETag` and `Last-Modified`; content types by extension
    (`content_types` has others: `{"gcode": "text/x.gcode"}`); a folder as the first of
    `index_files` that it has, else, with `listing`, as a list of at most `listing_limit` entries.
    `precompressed` sends `a.css.br`, `a.css.zst` or `a.css.gz` for `a.css` to clients that accept
    it.

    No request leads out of the folder. Symbolic links are followed only with `follow_symlinks`,
    and only inside the folder; names that begin with a dot are not found without `dot_files`,
    except `/.well-known`.
    """

    def __new__(
        cls,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        *,
        index_files: Sequence[str] | None = None,
        listing: bool = False,
        listing_limit: int = 1000,
        precompressed: bool = False,
        cache_control: str | None = None,
        content_types: dict[str, str] | None = None,
        follow_symlinks: bool = False,
        dot_files: bool = False,
    ) -> StaticFiles: ...
    def __getnewargs_ex__(self) -> tuple[tuple[os.PathLike[str]], dict[str, Any]]: ...

@final
class Multipart:
    """A multipart form while it is read. `None` as a result asks for the next piece of the body;
    `False` is the end."""

    def __new__(cls, request: Request) -> Multipart: ...
    def limit(self, max_size: int) -> None: ...
    def feed(self, data: bytes) -> None: ...
    def step(self, max_parts: int, max_size: int) -> Any: ...
    def data(self, number: int) -> Any: ...
    def form(self, max_fields: int, max_size: int) -> Any: ...

@final
class Callee:
    """A handler or middleware, called with a request; returns an awaitable or the result."""

    def __call__(self, request: Request) -> Any: ...

@final
class Handle:
    """A handle of a connection: its socket, and the ways to close it."""

    def fileno(self) -> int: ...
    def release(self) -> None: ...
    def duplicate(self) -> int | None: ...
    def is_closing(self) -> bool: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...

@final
class HeadLists:
    """The query and the cookies of a request; its context has them too."""

    @property
    def query(self) -> dict[str, list[str]]: ...
    @property
    def cookies(self) -> dict[str, list[str]]: ...

@final
class Listener:
    """A listening socket that a worker is given; `close` closes it in this process."""

    def __new__(cls, address: str, options: dict[str, Any]) -> Listener: ...
    @property
    def address(self) -> str: ...
    def another(self) -> Listener: ...
    def fileno(self) -> int: ...
    def hold_back(self) -> None:
        """Holds back new connections: call this before the socket is closed in all processes."""
    def hand_over(self) -> None:
        """The next process has the socket as well: it is not held back, and its file remains."""
    def close(self) -> None: ...

@final
class PidFile:
    """The file with the number of this process, until `close`."""

    def __new__(cls, path: str | os.PathLike[str]) -> PidFile: ...
    def close(self) -> None: ...

@final
class TlsDetails:
    """What the TLS handshake of a connection has agreed on."""

    @property
    def version(self) -> str:
        """The version of the protocol: `TLSv1.2` or `TLSv1.3`."""
    @property
    def cipher(self) -> str:
        """The name of the cipher suite in the registry of the IANA."""
    @property
    def server_name(self) -> str | None:
        """The name that the client asked for (SNI). It is not compared with the `Host` of the
        requests."""

@final
class ClientCertificate:
    """The certificate of a client, which the handshake has verified."""

    @property
    def subject(self) -> str:
        """The subject, as RFC 4514 writes it: `CN=alice,O=Example`. Special characters in values
        are escaped."""
    @property
    def common_name(self) -> str | None:
        """The common name of the subject."""
    @property
    def issuer(self) -> str:
        """The authority that has issued it, written like the subject."""
    @property
    def serial_number(self) -> str:
        """The serial number in upper-case hexadecimal digits. It is unique for its issuer."""
    @property
    def fingerprint(self) -> str:
        """The SHA-256 checksum of the certificate, in lower-case hexadecimal digits."""
    @property
    def alternative_names(self) -> list[tuple[str, str]]:
        """The alternative names of the subject, each with its kind: `DNS`, `email`, `URI` or
        `IP Address`."""
    @property
    def der(self) -> bytes:
        """The certificate in DER."""

@final
class Handover:
    """What the next process is started with: descriptors, and a variable that lists them.

    The pipe `fileno` is readable when the next process serves, and at its end when that has failed.
    """

    def __new__(cls, listeners: list[tuple[str, int]]) -> Handover: ...
    @property
    def variable(self) -> tuple[str, str]: ...
    @property
    def descriptors(self) -> list[int]: ...
    def fileno(self) -> int: ...
    def close(self) -> None:
        """Closes the descriptors, but not the pipe: call this when the process was started."""
    def has_begun(self) -> bool:
        """Whether the next process serves, once the pipe is readable."""

def handover_is_complete() -> None:
    """Reports to the process before this one, if it hands over, that this one serves."""

@final
class Request:
    """A request: its head, and its body as it arrives."""

    @property
    def method(self) -> bytes: ...
    @property
    def url(self) -> bytes: ...
    @property
    def path(self) -> bytes: ...
    @property
    def query_string(self) -> bytes: ...
    @property
    def version(self) -> bytes: ...
    @property
    def host(self) -> bytes: ...
    @property
    def scheme(self) -> bytes: ...
    @property
    def is_secure(self) -> bool: ...
    @property
    def is_valid(self) -> bool: ...
    @property
    def is_draining(self) -> bool:
        """Whether the server shuts down."""
    def draining(self) -> Coroutine[Any, Any, object]:
        """Waits until the server shuts down.

        It waits for running requests, at most `shutdown_timeout`: a handler that would go on for
        long ends here, and its client goes to the next server.

            @app.route("/ticks")
            async def ticks(request):
                while not request.is_draining:
                    yield await next_tick()
        """
    @property
    def ip(self) -> bytes: ...
    @property
    def client(self) -> tuple[str, int] | None: ...
    @property
    def tls(self) -> TlsDetails | None:
        """What the TLS handshake has agreed on; `None` without TLS, and when the connection is
        gone."""
    @property
    def client_certificate(self) -> ClientCertificate | None:
        """The certificate of the client, if it has sent one: see the option `tls_client_ca`. `None`
        also when the connection is gone."""
    @property
    def headers(self) -> Headers: ...
    @property
    def header(self) -> HTTPHeader:
        """The head as it was parsed: its line, its fields one by one."""
    @property
    def query(self) -> dict[str, list[str]]: ...
    @property
    def cookies(self) -> dict[str, list[str]]: ...
    @property
    def trailers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def ctx(self) -> RequestContext: ...
    @property
    def context(self) -> RequestContext: ...
    @property
    def params(self) -> RequestContext: ...
    @property
    def server(self) -> Connection:
        """The connection that the request came on; a `RuntimeError` when the request is over."""
    @property
    def protocol(self) -> Connection | None:
        """The same as `server`, but `None` when the request is over."""
    @property
    def transport(self) -> Transport | None:
        """The transport of the connection; `None` when it is gone."""
    @property
    def socket(self) -> TransportSocket | None:
        """The socket of the connection, to inspect; `None` when it is gone."""
    @property
    def id(self) -> str:
        """The identifier of the request, which is in the access log from the first use on.

        It is the one in `X-Request-Id`, if one of the `trusted_proxies` has sent it and it is 1 to
        128 letters, digits, `-`, `_`, `.`, `=`, `+` or `/`; otherwise a new one of 32 hexadecimal
        digits. With the option `request_ids` each request has one, and the response sends it back.
        """
    @property
    def trace_parent(self) -> tuple[str, str, bool] | None:
        """The trace that the request belongs to (W3C Trace Context): its identifier, that of the
        span of the client, and whether it is sampled. `None` without a valid `traceparent`. Any
        client can send one.
        """
    @property
    def content_type(self) -> bytes:
        """The content type; `b'application/octet-stream'` if there is none."""
    @property
    def content_length(self) -> int: ...
    @property
    def transfer_encoding(self) -> list[bytes]:
        """The transfer codings, in lower case."""
    @property
    def has_body(self) -> bool: ...
    @property
    def body_size(self) -> int:
        """How many bytes of the body were received so far."""
    @property
    def timeout(self) -> float:
        """How many seconds a read may wait for the client, unless it has its own timeout."""
    @timeout.setter
    def timeout(self, value: float) -> None: ...
    @property
    def http_keepalive(self) -> bool:
        """Whether the connection stays open after this exchange. `False` closes it, and the head
        has `Connection: close`."""
    @http_keepalive.setter
    def http_keepalive(self, value: bool) -> None: ...
    @property
    def http_continue(self) -> bool:
        """Whether the client waits for `100 Continue`."""
    @property
    def upgraded(self) -> bool:
        """Whether the connection was upgraded to another protocol."""
    def eof(self) -> bool:
        """Whether the body was read to its end, or there is none."""
    def clear(self) -> None:
        """Releases the objects that are kept with the request, and the connection."""
    def _before_head(self, replaceable: bool) -> Coroutine[Any, Any, Any] | None: ...
    def _head_hooks_done(self, has_failed: bool) -> None: ...
    def _is_unanswered(self) -> bool: ...
    def _rearm(self) -> bool: ...
    def uid(self, length: int = 32, *, ts_offset: int = 0) -> bytes: ...
    def body(
        self, *, raw: bool = False, max_size: int = ..., **_options: object
    ) -> Coroutine[Any, Any, bytearray]: ...
    def read(
        self, size: int = ..., *, timeout: float | None = None
    ) -> Coroutine[Any, Any, bytes]: ...
    def recv(
        self, size: int = ..., *, timeout: float | None = None, raw: bool = True
    ) -> Coroutine[Any, Any, bytes]: ...
    def stream(self, timeout: float | None = None, raw: bool = False) -> BodyStream: ...
    def form(
        self, max_fields: int = 100, *, max_size: int = ...
    ) -> Coroutine[Any, Any, dict[str, list[str]]]:
        """The fields of a form, which are in `params.post` then, and its files in `params.files`.

        Text is decoded from the charset that the form declares or, in `multipart/form-data`, a part
        of it, else from UTF-8; what is not valid there becomes U+FFFD. Another content type, an
        unknown charset and a `Content-Encoding` are an `UnsupportedMediaType` (415), more than
        `max_fields` or `max_size` bytes a `PayloadTooLarge` (413), a malformed form is a
        `BadRequest` (400). `body`, `read` and `stream` give the bytes in any case.
        """
    def files(self, max_files: int = 1024, *, max_file_size: int = ...) -> AsyncGenerator[Part]: ...

@final
class Response:
    """A response, written piece by piece."""

    @property
    def request(self) -> Request: ...
    @property
    def headers(self) -> ResponseHeaders:
        """The fields to be sent. Changes of the mapping change the head; an
        `InternalServerError` once the head is sent."""
    @property
    def content_type(self) -> bytes | None: ...
    @property
    def line(self) -> list[bytes]:
        """The status line, as it would be sent now: version, status and reason phrase."""
    @property
    def http_chunked(self) -> bool | None:
        """Whether the body is sent in chunks; `None` as long as that is not decided."""
    @http_chunked.setter
    def http_chunked(self, value: bool) -> None: ...
    def set_status(self, status: int = 200, message: str | bytes | None = None) -> None: ...
    def get_status(self) -> tuple[int, bytes]: ...
    def set_header(self, name: str | bytes, value: str | bytes | None = None) -> None: ...
    def append_header(self, name: str | bytes, value: str | bytes) -> None: ...
    def set_content_type(self, content_type: str | bytes | None = None) -> None: ...
    def set_compression(self, compress: bool = True) -> None:
        """Whether this response may be compressed, in place of the option `compression`.

        It then is, if the client accepts a coding and the response allows it: not a short one, a
        file, or what is compressed already.
        """
    def set_attachment(self, name: str) -> None:
        """Has the client save the response under this name, in any language.

        It sets `Content-Disposition` (RFC 6266, RFC 8187) and, unless a content type was set, that
        of the extension. `/`, `\\` and control characters of the name become `_`.

        >>> async def report(response):
        ...     response.set_attachment("naïve file.csv")
        ...     return "a,b"
        """
    def set_validators(
        self,
        etag: str | None = None,
        last_modified: float | datetime | None = None,
        *,
        weak: bool = False,
    ) -> bool:
        """Checks the conditions of the request (`If-None-Match`, `If-Match`, their siblings)
        against the current version of what it asks for, before the handler does its work.

        For GET and HEAD it sets `ETag` and `Last-Modified`. True: the client has this version, the
        status is 304 now, and no body is sent, whatever the handler returns. For other methods it
        sets nothing, because their response has the version that they make. `etag` is any text:
        quotes are added. `last_modified` is in seconds since 1970, or a `datetime`.

        A condition that does not hold raises a `PreconditionFailed`.

        >>> async def note(response):
        ...     if response.set_validators(etag="v7"):
        ...         return b""
        ...     return "a note that took long to make"
        """
    def set_cookie(
        self,
        name: str | bytes,
        value: str | bytes = ...,
        *,
        expires: int = 0,
        path: str | bytes = ...,
        domain: str | bytes | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: str | bytes | None = None,
    ) -> None: ...
    def headers_sent(self, _sent: bool = False) -> bool: ...
    def set_base_headers(self) -> None:
        """Sets `Date` and `Server`, which each head has, so that they can be read or changed."""
    def set_connection(self, status: int) -> None:
        """Sets `Connection` as `request.http_keepalive` has it."""
    def write(
        self,
        data: _Data | None = None,
        *,
        chunked: bool | None = None,
        rate: int = ...,
        buffer_size: int | None = None,
        buffer_min_size: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Sends the head, unless it was sent, and a piece. `b''` ends the body, `None` ends all.

        Like a coroutine it does nothing, and raises nothing, before it is awaited. `rate` limits
        the response to a number of bytes per second; 0 removes a limit. It waits while more than
        four times `buffer_size` is queued. Small pieces that are written in one turn are sent
        together: `buffer_min_size` is accepted and ignored.
        """
    def _yield(self, data: _Data) -> Coroutine[Any, Any, bool | None]: ...
    def end(
        self,
        data: _Data | None = None,
        *,
        keepalive: bool = True,
        rate: int = ...,
        buffer_size: int | None = None,
        buffer_min_size: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Sends the whole response, or the rest of the body, and ends the response."""
    def send(
        self,
        data: _Data | None,
        rate: int = ...,
        buffer_size: int | None = None,
        buffer_min_size: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Sends exactly these bytes; `None` ends the response."""
    def send_nowait(self, data: _Data | None) -> None:
        """`send` without waiting for room."""
    def sendfile(
        self,
        path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        offset: int = 0,
        count: int = ...,
        buffer_size: int = 16384,
        content_type: str | bytes | None = None,
        executor: Any = None,
        *,
        rate: int = ...,
        **_options: object,
    ) -> Coroutine[Any, Any, None]:
        """Responds with a file: whole, or the requested part, or 304 if the client has it already.
        Ends the response.

        `offset` and `count` choose a slice, which ends with the file at the latest; a negative
        count is the whole rest. Without a `content_type` it is `application/octet-stream`. `rate`
        is that of `write`. If opening has to wait for a disk, it runs on `executor`: one of
        `concurrent.futures`, or an object whose `submit` returns an awaitable; without one, on
        threads of the server. `buffer_size` is accepted and ignored.

        A missing file raises a `NotFound` that is a `FileNotFoundError` too; an unreadable one a
        `Forbidden` and `PermissionError`; a condition of the request that does not hold a
        `PreconditionFailed`; a range outside of the file a `RangeNotSatisfiable`. If the file
        shrinks while it is sent, the connection is cut.
        """
    def close(self, keepalive: bool = False) -> None:
        """Ends the response, and without `keepalive` the connection."""
    def redirect(self, url: str | bytes, code: int | None = None) -> HTTPRedirect:
        """A redirect to raise: 302, or 301, 303, 307 or 308.

        Characters of the address that may not stand in one are percent-encoded, text as UTF-8; what
        is percent-encoded already stays as it is.
        """
    def handle_exception(
        self, exc: BaseException, *args: object, data: str | bytes | bytearray | None = None
    ) -> Coroutine[Any, Any, None]:
        """Responds to an exception as if the handler had raised it: with an error page or, after
        the head, with the end of the connection. `data` replaces the page."""
    def _answer(self, answer: Answer) -> None: ...
    def _set_head(self, answer: Answer) -> None: ...

@final
class RateLimiter:
    """Counts the requests of each client."""

    def __new__(cls, count: int, period: float, burst: int, clients: int) -> RateLimiter: ...
    def admit(self, ip: bytes, key: str | None = None) -> int | None:
        """Counts a request. If it is one too many: the whole seconds until the next one is
        admitted."""

@final
class Server:
    """The engine's side of a running application."""

    def __new__(
        cls,
        loop: asyncio.AbstractEventLoop,
        hooks: PythonHooks,
        draft: Draft,
        options: dict[str, Any],
    ) -> Server: ...
    def __len__(self) -> int: ...
    @property
    def requests(self) -> int: ...
    def is_drained(self) -> bool: ...
    def listen(self, address: str | int, options: dict[str, Any] | None = None) -> str: ...
    def report_opened(self) -> None: ...
    def fileno(self) -> int: ...
    def turn(self) -> None: ...
    def on_timer(self) -> None: ...
    def stop_accepting(self) -> None: ...
    def descriptors(self) -> list[int]: ...
    def hand_over(self) -> None: ...
    def unfinished(self) -> int: ...
    def numbers(self) -> list[int]: ...
    def continue_numbers(self, numbers: list[int]) -> None: ...
    def note_wait(self, seconds: float) -> None: ...
    def flush_access_log(self) -> None: ...
    def reopen_access_log(self) -> None: ...
    def drain(self) -> None: ...
    def abort(self) -> None: ...
    def reload_certificates(self) -> list[str]:
        """Reads the files of TLS again. Returns what is wrong with those that cannot be used."""

@final
class AsgiTarget:
    """An ASGI application as the target of a route."""

    def __new__(
        cls,
        app: Callable[..., Any],
        root_path: str,
        removed_path: str,
        state: dict[str, Any],
        timeout: float | None,
    ) -> AsgiTarget: ...

@final
class SSE:
    """A stream of server-sent events: the argument `sse` of a handler.

    It is `None` for a request with a body. The head is sent with the first event: until then the
    handler can change the response or answer in another way. After `sse_heartbeat` seconds without
    an event the server sends a comment, and no handler timeout counts. When the client goes, or the
    server stops, the stream ends, the handler is cancelled, and sending raises a
    `ConnectionResetError`.
    """
    @property
    def request(self) -> Request: ...
    @property
    def response(self) -> Response:
        """The response, whose head can be changed before the first event."""
    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that the client has received, if it connects again."""
    def send(
        self,
        data: _Data | None,
        event: str | bytes | None = None,
        event_id: str | bytes | None = None,
        retry: int = 0,
    ) -> Coroutine[Any, Any, None]:
        """Sends an event, and before the first one the head. Waits while much is queued.

        CR, LF and CRLF each end a line of the data; without data (`None`) the event is only its
        id and its delay. `event` is its type, `event_id` its id, `retry` the milliseconds after
        which a client connects again; 0 leaves that to the client.

        Raises a `ConnectionResetError` if no event can be sent any more, and an
        `InternalServerError` for CR, LF or NUL in the type or the id, and if the response has
        begun as another one.
        """
    def comment(self, comment: str | bytes) -> Coroutine[Any, Any, None]:
        """Sends a comment, which clients ignore."""
    def open(self) -> Coroutine[Any, Any, None]:
        """Sends the head, if it was not sent, so that the client knows that it is connected."""
    def close(self) -> Coroutine[Any, Any, None]:
        """Ends the stream. The connection stays. Does nothing if the client has gone."""

_Text = str | bytes

@final
class WebSocket:
    """A WebSocket: the argument `websocket` of a handler.

    It is `None` for a request that asks for none. A handshake that is invalid gets its response
    before the handler is called.

    The first operation accepts it; until then a handler can answer in another way. It is closed
    with 1000 when the handler returns, with 1011 when it fails, or with the code of the
    `WebSocketException` that it raises, and with 1001 when the server stops. No handler timeout
    counts. The server sends and answers pings.

        @app.route("/")
        async def echo(websocket=None):
            async for message in websocket:
                await websocket.send(message)
    """

    def __new__(cls, request: Request, response: Response) -> WebSocket:
        """Raises the response to a request that asks for no WebSocket, or whose handshake is
        invalid."""
    @property
    def request(self) -> Request: ...
    @property
    def response(self) -> Response:
        """The response, whose head can be changed before the WebSocket is accepted."""
    @property
    def subprotocols(self) -> tuple[str, ...]:
        """The subprotocols that the client offers, in its order of preference."""
    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that was chosen."""
    @property
    def close_code(self) -> int | None:
        """The code with which it was closed: that of the client's close frame (1005 if it had
        none), else that of ours, and 1006 if the client has gone without one. `None` while it is
        open."""
    @property
    def close_reason(self) -> str | None:
        """The reason in the client's close frame. `None` while it is open."""
    def accept(
        self,
        subprotocol: str | None = None,
        headers: Mapping[_Text, _Text] | Iterable[tuple[_Text, _Text]] | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Sends the `101`, with the fields of the response, to which `headers` are added.

        `subprotocol` is one of `subprotocols`; another one is a `ValueError`.
        """
    def receive(self, timeout: float | None = None) -> Coroutine[Any, Any, str | bytearray]:
        """Awaits a message: `str` for text, `bytearray` for binary data.

        Raises a `WebSocketClientClosed` when the client has closed the WebSocket or is gone, and a
        `WebSocketServerClosed` when the server has closed it, when the client has violated the
        protocol, and after `timeout` seconds; the WebSocket stays open then. Only one task can
        receive at a time.
        """
    def recv(self, timeout: float | None = None) -> Coroutine[Any, Any, bytes]:
        """Awaits a message, or a fragment of one, as bytes. Otherwise like `receive`."""
    def send(
        self,
        payload_data: str | bytes | bytearray | memoryview,
        fin: int = 1,
        opcode: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Sends a message: text for `str`, binary data for bytes. Waits while much is queued.

        `opcode` chooses the kind of frame: 1 text, 2 binary data, 8 close, 9 ping, 10 pong. With
        `fin=0` it is the first fragment of a message; the others have the opcode 0.

        Raises a `WebSocketClientClosed` or a `WebSocketServerClosed` if the WebSocket is closed.
        """
    def ping(self, data: str | bytes | bytearray | memoryview = b"") -> Coroutine[Any, Any, None]:
        """Sends a ping, which the client answers. The server sends pings by itself."""
    def pong(self, data: str | bytes | bytearray | memoryview = b"") -> Coroutine[Any, Any, None]:
        """Sends a pong, which answers no ping: the server answers pings by itself."""
    def close(
        self, code: int = 1000, *, reason: str = "", timeout: float | None = None
    ) -> Coroutine[Any, Any, None]:
        """Closes the WebSocket, and waits for the answer of the client: at most `timeout` seconds,
        and at most `ws_close_timeout`. Does nothing if it is closed.

        Raises a `ValueError` for a code that may not be sent (1006, for example), and for a reason
        of more than 123 bytes in UTF-8.
        """
    def __aiter__(self) -> WebSocket:
        """The messages. The iteration ends when the WebSocket is closed, by whichever side; a
        client that violates the protocol is a `WebSocketServerClosed`."""
    def __anext__(self) -> Coroutine[Any, Any, str | bytearray]: ...
    @staticmethod
    def create_frame(
        payload_data: str | bytes | bytearray | memoryview,
        fin: int = 1,
        opcode: int | None = None,
        mask: bool = False,
    ) -> bytes:
        """The bytes of one frame, as a server sends it, or masked, as a client does. A
        reserved opcode, and a control frame that is too long or not the last one of its
        message, are a `ValueError`."""
