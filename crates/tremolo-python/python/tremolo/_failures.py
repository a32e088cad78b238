"""From an exception to its answer: status, fields, page, and the line of the log."""

from __future__ import annotations

import html
import inspect
import logging
import reprlib
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from ._arguments import named
from ._interfaces import Answer
from ._logging import error_logger, escaped_text_of, text_of
from ._tremolo import begin_page, error_page, page_of
from .exceptions import HTTPException, WebSocketException

if TYPE_CHECKING:
    from ._interfaces import App
    from ._tremolo import Request, Response

HTML = "text/html; charset=utf-8"


class Failures:
    """Answers the exceptions of handlers, with the error pages of an application."""

    def __init__(self, app: App, debug: bool) -> None:
        self._pages = app._pages
        self._app = app
        self._debug = debug
        self._logger = error_logger(app.logger)

    def __call__(
        self,
        error: BaseException,
        request: Request,
        response: Response,
        alive: bool,
        head_sent: bool,
    ) -> Answer | Coroutine[Any, Any, Answer]:
        shown = HTTPException(cause=error)
        self._log(error, shown, request, alive, head_sent)
        status = page_of(shown.code, list(self._pages)) if self._pages else None
        pages = self._pages[status] if status is not None else None
        if not alive or head_sent:
            return self._answer(shown, request)
        page = self._ask(pages, shown, request, response) if pages else None
        if request._rearm():
            return self._pass_middleware(page or self._answer(shown, request), request, response)
        return page or self._answer(shown, request)

    def _log(
        self,
        error: BaseException,
        shown: HTTPException,
        request: Request,
        alive: bool,
        head_sent: bool,
    ) -> None:
        if not alive and (isinstance(error, ConnectionError) or _is_cancellation(error)):
            self._logger.debug("%r: the client has gone", request)
        elif isinstance(error, WebSocketException) and head_sent:
            self._logger.debug("%r: %s", request, escaped_text_of(shown))
        elif isinstance(error, HTTPException) and shown.code < 500 and not head_sent:
            # The path of the file is logged, and not sent to the client.
            about = f" {error.filename!r}" if isinstance(error, OSError) else ""
            text = escaped_text_of(shown)
            self._logger.debug("%r: %s %s%s", request, shown.code, text, about)
        elif error is shown and shown.code == 503:
            self._logger.debug("%r: %s", request, escaped_text_of(shown))
        else:
            self._logger.error("%r failed", request, exc_info=error)

    async def handle(
        self,
        response: Response,
        error: BaseException,
        args: tuple[object, ...],
        data: str | bytes | bytearray | None,
    ) -> None:
        """Answers an exception as if the handler had raised it; `data` is the page."""
        request = response.request
        server = request.protocol
        if server is None or server.is_closing():
            return
        if args:
            self._logger.error("%s", ": ".join(map(escaped_text_of, args)))
        head_sent = response.headers_sent()
        if data is None:
            given = self(error, request, response, True, head_sent)
            answer = await given if inspect.isawaitable(given) else given
        else:
            shown = HTTPException(cause=error)
            self._log(error, shown, request, True, head_sent)
            body = data.encode(shown.encoding) if isinstance(data, str) else bytes(data)
            code, reason, _, fields, _, keep = self._answer(shown, request)
            answer = Answer(code, reason, shown.content_type, fields, body, keep)
            if not head_sent and request._rearm():
                answer = await self._pass_middleware(answer, request, response)
        response._answer(answer)

    async def _pass_middleware(
        self, given: Answer | Coroutine[Any, Any, Answer], request: Request, response: Response
    ) -> Answer:
        """Runs `on_response` for an answer, which is sent after it."""
        answer = given if isinstance(given, Answer) else await given
        if not request._is_unanswered():
            return answer
        try:
            response._set_head(answer)
            middleware = request._before_head(True)
            replacement = await middleware if middleware is not None else None
            body = answer.body if replacement is None else _body(replacement)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not request.is_valid:
                # `on_request` has not run for it, as this middleware may expect.
                self._logger.debug("the middleware for %s failed: %r", answer.status, error)
                return answer._replace(keep=False)
            # The middleware does not run again for this page.
            self._logger.exception("the middleware for %s failed", answer.status)
            return self._answer(HTTPException(cause=error), request)
        if not request._is_unanswered():
            return answer
        status, reason = response.get_status()
        content_type = (response.content_type or b"").decode("latin-1")
        return Answer(status, reason.decode("latin-1"), content_type, [], body, True)

    async def _ask(
        self,
        pages: list[Callable[..., Any]],
        shown: HTTPException,
        request: Request,
        response: Response,
    ) -> Answer:
        arguments = {
            "exc": shown,
            "request": request,
            "response": response,
            "app": self._app,
            "logger": self._logger,
            "loop": request.server.loop,
        }
        body: bytes | None = None
        begin_page(response, shown.code, _reason(shown), shown.content_type)
        try:
            for page in pages:
                given = page(**named(page, arguments))
                if inspect.isawaitable(given):
                    given = await given
                if given is not None:
                    body = _body(given, shown.encoding)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # An exception of an error page gets the built-in page.
            self._logger.exception("the page for %s failed", shown.code)
            return self._answer(HTTPException(cause=error), request)
        built_in = self._answer(shown, request)
        if response.headers_sent():
            return built_in
        status, reason = response.get_status()
        content_type = (response.content_type or b"").decode("latin-1") or shown.content_type
        fields = shown.fields
        if body is None:
            body, fields = built_in.body, built_in.fields
            if content_type == shown.content_type:
                content_type = built_in.content_type
        return Answer(status, reason.decode("latin-1"), content_type, fields, body, True)

    def _answer(self, shown: HTTPException, request: Request) -> Answer:
        code = shown.code
        hidden = not shown.args or not shown._public
        text = shown.message if hidden else text_of(shown, shown.message)
        reason = _reason(shown)
        if code < 400:
            # Not an error: no page, and fields that were set before are sent as well.
            body = _encoded(
                html.escape(text) if shown.content_type == HTML else text, shown.encoding
            )
            return Answer(code, reason, shown.content_type, shown.fields, body, True)
        if shown.content_type != HTML:
            body = _encoded(text, shown.encoding)
            return Answer(code, reason, shown.content_type, shown.fields, body, False)
        detail = "" if hidden else text
        if self._debug and code >= 500:
            detail = "".join(traceback.format_exception(shown.__cause__ or shown))
        # An attribute of this name may be one of the program's own.
        given = shown.members if isinstance(shown.members, Mapping) else {}
        members = [(str(name), str(value)) for name, value in given.items()]
        content_type, varies, page = error_page(request, code, detail, reason, members)
        fields = [*shown.fields, (b"Vary", b"Accept")] if varies else shown.fields
        return Answer(code, reason, content_type, fields, page.encode(), False)


def _reason(shown: HTTPException) -> str | None:
    """The reason phrase: the message, unless it is that of another status."""
    kind = type(shown)
    if shown.message == kind.message and shown.code != kind.code:
        return None
    return shown.message or None


def _body(given: Any, encoding: str = "utf-8") -> bytes:
    if isinstance(given, str):
        return _encoded(given, encoding)
    if isinstance(given, tuple):
        text, encoding = given
        return _encoded(text, encoding)
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    raise TypeError(f"a page is str or bytes-like, not {type(given)}")


def _encoded(text: str, encoding: str) -> bytes:
    """In the charset of the answer, if it exists and has these characters; else in UTF-8."""
    try:
        return text.encode(encoding)
    except (LookupError, UnicodeError):
        return text.encode()


def no_body(handler: Callable[..., Any] | None, value: object) -> TypeError:
    """The error of a handler that has returned an object that cannot be a body."""
    name = f"{handler.__module__}.{handler.__qualname__}" if handler is not None else "that is gone"
    try:
        shown = reprlib.repr(value)
    except Exception:
        shown = "(without a repr)"
    return TypeError(
        f"handler {name} returned {type(value).__name__} {shown}: a body is str, bytes-like or "
        "(text, encoding), and True leaves the connection open"
    )


def _is_cancellation(error: BaseException) -> bool:
    return type(error).__name__ == "CancelledError"


def get_logger() -> logging.Logger:
    """The logger of the package."""
    return logging.getLogger("tremolo")
