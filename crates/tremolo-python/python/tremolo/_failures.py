"""From an exception to its answer: status, fields, page, and what the log says."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ._tremolo import error_page
from .exceptions import HTTPException, HTTPRedirect

if TYPE_CHECKING:
    from ._tremolo import Request, Response
    from .application import Application

#: Status, reason, content type, fields, body, and whether to keep what was set before.
Answer = tuple[int, str | None, str, list[tuple[bytes, bytes]], bytes, bool]

HTML = "text/html; charset=utf-8"


class Failures:
    """Answers what handlers raise, with the pages of an application."""

    def __init__(self, app: Application, debug: bool, server_name: str) -> None:
        self._pages = app._pages
        self._app = app
        self._debug = debug
        self._server_name = server_name
        self._logger = app.logger

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
        pages = self._pages.get(shown.code)
        if pages and alive and not head_sent:
            return self._ask(pages, shown, request, response)
        return self._answer(shown)

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
        elif isinstance(error, HTTPException) and shown.code < 500 and not head_sent:
            self._logger.debug("%r: %s %s", request, shown.code, shown)
        elif error is shown and shown.code == 503:
            self._logger.debug("%r: %s", request, shown)
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
            self._logger.error("%s", ": ".join(str(arg) for arg in args))
        head_sent = response.headers_sent()
        if data is None:
            given = self(error, request, response, True, head_sent)
            answer = await given if inspect.isawaitable(given) else given
        else:
            shown = HTTPException(cause=error)
            self._log(error, shown, request, True, head_sent)
            body = data.encode(shown.encoding) if isinstance(data, str) else bytes(data)
            code, reason, _, fields, _, keep = self._answer(shown)
            answer = code, reason, shown.content_type, fields, body, keep
        response._answer(answer)

    async def _ask(
        self,
        pages: list[Callable[..., Any]],
        shown: HTTPException,
        request: Request,
        response: Response,
    ) -> Answer:
        """Pages begin with an empty head that has the status; what they set of it is kept."""
        status, reason, content_type, *_ = self._answer(shown)
        response._clear()
        response.set_status(status, reason)
        response.set_content_type(shown.content_type)
        before = response.get_status(), response.content_type
        body: bytes | None = None
        for page in pages:
            arguments = {
                "exc": shown,
                "request": request,
                "response": response,
                "app": self._app,
                "logger": self._logger,
                "loop": request.server.loop,
            }
            given = page(**_named(page, arguments))
            if inspect.isawaitable(given):
                given = await given
            if isinstance(given, str):
                body = given.encode(shown.encoding)
            elif given is not None:
                body = bytes(given)
        status, reason, content_type, fields, built_in, _ = self._answer(shown)
        if body is not None:
            content_type = shown.content_type
        if response.get_status() != before[0]:
            status, phrase = response.get_status()
            reason = phrase.decode("latin-1")
        if response.content_type != before[1]:
            content_type = (response.content_type or b"").decode("latin-1")
        return status, reason, content_type, fields, built_in if body is None else body, True

    def _answer(self, shown: HTTPException) -> Answer:
        code = shown.code
        if isinstance(shown, HTTPRedirect):
            return code, shown.message or None, shown.content_type, shown.fields, b"", True
        cause = shown.__cause__
        hidden = cause is not None or not shown.args or not shown._public
        detail = "" if hidden else str(shown)
        if self._debug and code >= 500:
            detail = "".join(traceback.format_exception(cause if cause is not None else shown))
        reason = shown.message if shown.message != type(shown).message else None
        if shown.content_type != HTML:
            return code, reason, shown.content_type, shown.fields, str(shown).encode(), False
        page = error_page(code, detail, self._server_name, reason)
        return code, reason, HTML, shown.fields, page.encode(), False


def _is_cancellation(error: BaseException) -> bool:
    return type(error).__name__ == "CancelledError"


def _named(function: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return arguments
    return {p.name: arguments[p.name] for p in parameters if p.name in arguments}


def get_logger() -> logging.Logger:
    """The logger of the package."""
    return logging.getLogger("tremolo")
