"""Files: operations that wait for a disk, and the exceptions for files that cannot be sent."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

from .exceptions import Forbidden, HTTPException, NotFound, for_code

if TYPE_CHECKING:
    from ._tremolo import BlockingIo


class FileNotFound(NotFound, FileNotFoundError):
    """A file is missing, or is not a regular file. The client gets the 404 and no details."""

    _public = False


class FileForbidden(Forbidden, PermissionError):
    """A file is not readable. The client gets the 403 and no details."""

    _public = False


def not_opened(status: int, number: int, text: str, path: str | bytes) -> OSError:
    """The exception for a file that cannot be opened; `filename` has its path."""
    if status == 404:
        return FileNotFound(number, text, path)
    if status == 403:
        return FileForbidden(number, text, path)
    return OSError(number, text, path)


def plain(code: int, fields: list[tuple[bytes, bytes]]) -> HTTPException:
    """The exception for a status, with the fields of its answer."""
    error = for_code(code)
    error.options = {name.decode("latin-1"): value for name, value in fields}
    return error


class Disk:
    """Runs operations that wait for a disk.

    They do not run on the threads of plain handlers, which may all wait for a file themselves.
    """

    def __init__(self, threads: Executor, of_handlers: Any) -> None:
        self._threads = threads
        self._of_handlers = of_handlers

    async def wait(self, operation: BlockingIo, executor: Any = None) -> None:
        """Runs an operation on an executor, and finishes it in the loop."""
        if executor is None or executor is self._of_handlers:
            executor = self._threads
        if isinstance(executor, Executor):
            await asyncio.get_running_loop().run_in_executor(executor, operation.run)
        else:
            done = executor.submit(operation.run)
            await (asyncio.wrap_future(done) if isinstance(done, Future) else done)
        await operation.finish()
