"""What a handler raises to answer with a status, and what the server raises."""

from __future__ import annotations

from typing import Any, ClassVar, Self


class TremoloException(Exception):
    """The base of all exceptions of this package."""


class HTTPException(TremoloException):
    """An answer with a status. Other keywords become fields of it: `retry_after=b"1"`."""

    code: int = 500
    message: str = "Internal Server Error"
    content_type: str = "text/html; charset=utf-8"
    options: dict[str, Any]

    #: Whether the client may see the text.
    _public = True

    def __new__(cls, *args: Any, cause: BaseException | None = None, **options: Any) -> Self:
        if cause is None or issubclass(cls, WebSocketException):
            return super().__new__(cls, *args)
        if cls is not HTTPException:
            return super().__new__(cls, *args)
        if isinstance(cause, cls):
            return cause
        kind = RequestTimeout if isinstance(cause, TimeoutError) else InternalServerError
        made: Self = super().__new__(kind, *args)  # type: ignore[assignment]
        return made

    def __init__(
        self,
        *args: Any,
        code: int | None = None,
        message: str | None = None,
        content_type: str | None = None,
        cause: BaseException | None = None,
        **options: Any,
    ) -> None:
        if cause is self:
            return
        if cause is not None:
            self.__cause__ = cause
            args = args or cause.args
        super().__init__(*args)
        if code is not None:
            self.code = code
        if message is not None:
            self.message = message
        if content_type is not None:
            self.content_type = (
                content_type.decode("latin-1") if isinstance(content_type, bytes) else content_type
            )
        self.options = options

    def __str__(self) -> str:
        return ": ".join(str(arg) for arg in self.args) or self.message

    @property
    def encoding(self) -> str:
        """The charset of the content type; utf-8 if there is none."""
        _, found, charset = self.content_type.partition("charset=")
        return charset.split(";", 1)[0].strip().strip('"') if found else "utf-8"

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The fields that belong to the answer."""
        pairs: list[tuple[bytes, bytes]] = []
        for name, values in self.options.items():
            for value in values if isinstance(values, list | tuple) else (values,):
                raw = value if isinstance(value, bytes) else str(value).encode("latin-1")
                pairs.append((name.replace("_", "-").encode("latin-1"), raw))
        return pairs


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
    """A bad request, too, for who asks what it is."""

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
    code = 1011
    message = "Internal Error"


class WebSocketClientClosed(WebSocketException):
    code = 1005
    message = "No Status Rcvd"


class WebSocketServerClosed(WebSocketException):
    code = 1011
    message = "Internal Error"


class ASGIException(TremoloException):
    """An ASGI application has broken its protocol."""


class ASGIConnectionError(OSError):
    """The client of an ASGI application has gone."""


class LifespanError(ASGIException):
    """An ASGI application failed to start or to stop."""


class LifespanProtocolUnsupported(LifespanError):
    """An ASGI application knows no lifespan."""


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
    """The exception for a status; the engine's errors come through here."""
    kind = _BY_CODE.get(code)
    error = kind(*args) if kind is not None else HTTPException(*args, code=code, message="")
    # What a handler did wrong is for the log.
    error._public = code != 500
    return error
