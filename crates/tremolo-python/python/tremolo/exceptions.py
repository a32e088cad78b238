"""The exceptions that handlers raise to respond with a status, and those of the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

from ._tremolo import encode_location

__all__ = [
    "ASGIConnectionError",
    "ASGIException",
    "BadRequest",
    "ExpectationFailed",
    "Forbidden",
    "HTTPException",
    "HTTPRedirect",
    "InternalServerError",
    "LifespanError",
    "LifespanProtocolUnsupported",
    "MethodNotAllowed",
    "NotFound",
    "PayloadTooLarge",
    "PreconditionFailed",
    "RangeNotSatisfiable",
    "RequestTimeout",
    "ServiceUnavailable",
    "TooManyRequests",
    "TremoloException",
    "Unauthorized",
    "UnsupportedMediaType",
    "WebSocketClientClosed",
    "WebSocketException",
    "WebSocketServerClosed",
]


class TremoloException(Exception):
    """The base of all exceptions of this package."""

    #: The text of an exception without arguments; if empty, the name of the class.
    message: str = ""

    def __str__(self) -> str:
        """A leading number is followed by a colon, as in errors of the system."""
        if not self.args:
            return self.message or type(self).__name__
        first, *rest = map(str, self.args)
        between = ": " if rest and isinstance(self.args[0], int) else " "
        return first + between + " ".join(rest) if rest else first


class HTTPException(TremoloException):
    """A response with a status. Other keywords become its fields: `retry_after=b"1"`.

    `cause=` turns any exception into one with a status. An exception that has a status already is
    not wrapped but returned, with the other arguments applied.
    """

    code: int = 500
    message: str = "Internal Server Error"
    content_type: str = "text/html; charset=utf-8"
    options: dict[str, Any]

    #: More about the error, as members of the problem details (RFC 9457) and as lines of the other
    #: pages: `{"field": "age"}`, `{"limit": "client_max_body_size"}`.
    members: Mapping[str, str] = MappingProxyType({})

    #: Whether the client may see the text.
    _public = True

    def __new__(cls, *args: Any, cause: BaseException | None = None, **options: Any) -> Any:
        if isinstance(cause, HTTPException):
            return cause
        kind: Any = cls
        if cause is not None and cls is HTTPException:
            kind = RequestTimeout if isinstance(cause, TimeoutError) else InternalServerError
        return super().__new__(kind, *args)

    def __init__(
        self,
        *args: Any,
        code: int | None = None,
        message: str | None = None,
        content_type: str | bytes | None = None,
        cause: BaseException | None = None,
        **options: Any,
    ) -> None:
        if cause is self:
            options = options or self.options
        elif cause is not None:
            self.__cause__ = cause
            # The text of another exception is for the log only.
            self._public = bool(args)
        super().__init__(*(args or (cause.args if cause is not None else ())))
        if isinstance(code, int):
            self.code = code
        if isinstance(message, str):
            self.message = message
        if isinstance(content_type, bytes):
            content_type = content_type.decode("latin-1")
        if isinstance(content_type, str):
            self.content_type = content_type
        self.options = options

    def describe(self, **members: str) -> Self:
        """Adds members to the page: `raise BadRequest("too young").describe(field="age")`."""
        self.members = {**self.members, **members}
        return self

    @property
    def encoding(self) -> str:
        """The charset of the content type; utf-8 if there is none."""
        found = _CHARSET.search(self.content_type)
        return found[1] if found else "utf-8"

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The fields that belong to the answer."""
        pairs: list[tuple[bytes, bytes]] = []
        for name, values in self.options.items():
            spelled = _SPELLED.get(name) or name.replace("_", "-").encode("latin-1")
            for value in values if isinstance(values, list | tuple) else (values,):
                if spelled == b"Location":
                    target = value if isinstance(value, bytes) else str(value).encode()
                    raw = encode_location(target)
                else:
                    raw = value if isinstance(value, bytes) else str(value).encode("latin-1")
                pairs.append((spelled, raw))
        return pairs


#: Names that get capitals, as they do in the original; others stay as they are written.
_SPELLED = {"allow": b"Allow", "location": b"Location"}

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)


class HTTPRedirect(HTTPException):
    """Sends the client elsewhere; what was set of the head before is kept."""

    code = 302
    message = "Found"

    codes: ClassVar[dict[int, str]] = {
        301: "Moved Permanently",
        302: "Found",
        303: "See Other",
        307: "Temporary Redirect",
        308: "Permanent Redirect",
    }


class BadRequest(HTTPException):
    code = 400
    message = "Bad Request"


class Unauthorized(HTTPException):
    code = 401
    message = "Unauthorized"


class Forbidden(HTTPException):
    code = 403
    message = "Forbidden"


class NotFound(HTTPException):
    code = 404
    message = "Not Found"


class MethodNotAllowed(HTTPException):
    code = 405
    message = "Method Not Allowed"


class RequestTimeout(HTTPException):
    code = 408
    message = "Request Timeout"


class PreconditionFailed(HTTPException):
    code = 412
    message = "Precondition Failed"


class PayloadTooLarge(HTTPException):
    code = 413
    message = "Payload Too Large"


class UnsupportedMediaType(BadRequest):
    """Also a bad request, as in the original."""

    code = 415
    message = "Unsupported Media Type"


class RangeNotSatisfiable(HTTPException):
    code = 416
    message = "Range Not Satisfiable"


class ExpectationFailed(HTTPException):
    code = 417
    message = "Expectation Failed"


class TooManyRequests(HTTPException):
    code = 429
    message = "Too Many Requests"


class InternalServerError(HTTPException):
    code = 500
    message = "Internal Server Error"


class ServiceUnavailable(HTTPException):
    code = 503
    message = "Service Unavailable"


class WebSocketException(HTTPException):
    """A WebSocket has ended, or must end; `code` is that of its close frame."""

    code = 1011
    message = "Internal Error"

    def __new__(cls, *args: Any, cause: BaseException | None = None, **options: Any) -> Any:
        # The status of an answer is no code of a close frame: every cause is wrapped.
        return super().__new__(cls, *args)


class WebSocketClientClosed(WebSocketException):
    code = 1005
    message = "No Status Rcvd"


class WebSocketServerClosed(WebSocketException):
    code = 1011


class ASGIException(TremoloException):
    """An ASGI application has broken its protocol."""


class ASGIConnectionError(OSError):
    """The client of an ASGI application has gone."""

    errno = 0


class LifespanError(ASGIException):
    """An ASGI application failed to start or to stop."""


class LifespanProtocolUnsupported(ASGIException):
    """An ASGI application knows no lifespan."""

    message = "the application has no lifespan"


_BY_CODE = {
    kind.code: kind
    for kind in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        RequestTimeout,
        PreconditionFailed,
        PayloadTooLarge,
        UnsupportedMediaType,
        RangeNotSatisfiable,
        ExpectationFailed,
        TooManyRequests,
        InternalServerError,
        ServiceUnavailable,
    )
}


def for_code(code: int, *args: Any) -> HTTPException:
    """The exception for a status. Rust calls it for errors of the engine."""
    kind = _BY_CODE.get(code)
    error = kind(*args) if kind is not None else HTTPException(*args, code=code, message="")
    # The text of an error of the handler is for the log only.
    error._public = code != 500
    return error
