"""Implements `PythonHooks`: the functions of the package that Rust calls, per event loop."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from . import _forms, _logging, _pipeline, _streams, _waiting
from ._failures import Failures
from ._interfaces import Answer
from .exceptions import HTTPRedirect
from .lib.connection import Connection
from .lib.contexts import RequestContext
from .lib.http_header import Headers, HTTPHeader, ResponseHeaders

if TYPE_CHECKING:
    from ._files import Disk
    from ._hooks import Hooks
    from ._interfaces import Worker


class Support:
    """The hooks of one server."""

    end = _streams.END
    answer = Answer
    header = HTTPHeader._of
    headers = Headers
    response_headers = ResponseHeaders
    request_context = RequestContext
    pipeline = staticmethod(_pipeline.serve)
    on_response = staticmethod(_pipeline.on_response)
    is_inside = staticmethod(_pipeline.is_inside)
    enter_task = staticmethod(asyncio._enter_task)
    leave_task = staticmethod(asyncio._leave_task)
    form = staticmethod(_forms.form)
    files = staticmethod(_forms.files)

    def __init__(
        self,
        worker: Worker,
        disk: Disk,
        hooks: Hooks,
    ) -> None:
        app, options = worker.app, worker.context.options
        self.start = _waiting.starter(worker.loop)
        self.make_task = functools.partial(asyncio.Task, loop=worker.loop)
        # Without its argument it looks for the loop, by a system call (CPython 3.11).
        self.current_task = functools.partial(asyncio.current_task, worker.loop)
        self.keep_task = app.add_task
        self.logger = _logging.error_logger(app.logger)
        self.access_logger = _logging.access_logger()
        self.failure = Failures(app, bool(options.get("debug")))
        self.handle_exception = self.failure.handle
        self.wait_for_disk = disk.wait
        self.opened = hooks.opened
        self.draining = worker.context._draining
        self.connection = functools.partial(Connection, worker)

    @staticmethod
    def pump(response: Any, generator: Any) -> Coroutine[Any, Any, object]:
        return _streams.pump(response, generator)

    @staticmethod
    def replace_task(task: asyncio.Task[Any], other: Any) -> None:
        asyncio._unregister_task(task)
        asyncio._register_task(other)

    @staticmethod
    def uid(length: int, ts_offset: int, port: int) -> bytes:
        """Time, port and process, and the rest random."""
        head = (int(time.time()) + ts_offset & 0xFFFFFFFF).to_bytes(4)
        head += port.to_bytes(2) + (os.getpid() & 0xFFFF).to_bytes(2)
        return (head + os.urandom(max(length - len(head), 0)))[:length]

    @staticmethod
    def redirect(url: str | bytes, code: int | None = None) -> HTTPRedirect:
        """A redirect to raise; a status that is not a redirect becomes 302."""
        status = code if code in HTTPRedirect.codes else 302
        return HTTPRedirect("", code=status, message=HTTPRedirect.codes[status], location=url)
