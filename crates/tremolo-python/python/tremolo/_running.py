"""Runs a server in an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ._tremolo import PidFile, handover_is_complete
from ._tremolo import __version__ as version

if TYPE_CHECKING:
    from ._service import Service


class NotStarted(Exception):
    """The application has not started. Its text is a line for the user; the log has more."""


#: The signals that stop a server.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(
    start: Callable[[], Coroutine[Any, Any, Service]],
    loop: str | None,
    ready: Callable[[list[str]], object],
    signals: Iterable[signal.Signals] = SIGNALS,
    *,
    hands_over: bool = False,
) -> None:
    """Serves until one of the signals. `ready` is called with the addresses when they are served.

    With `hands_over` SIGUSR2 starts the next process, which takes over.

    The process exits with a line with the reason if the server cannot listen, and with 1 if
    requests were cancelled when it ended.
    """
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        try:
            service = runner.run(start())
        except OSError as error:
            sys.exit(f"tremolo: {error.strerror or error}")
        with service.around_loop(runner.get_loop()):
            try:
                serving = service.serve(
                    owns_process=True, hands_over=hands_over, ready=ready, signals=signals
                )
                runner.run(serving)
            except NotStarted as error:
                sys.exit(f"tremolo: {error}")
            except (KeyboardInterrupt, SystemExit):
                # A task has raised it. The handlers run their clean-up before it propagates.
                runner.run(service.end())
                raise
    if service.unfinished:
        sys.exit(1)


def announce(addresses: list[str], workers: int = 1) -> None:
    """Prints where a server listens, and lets the process before it stop, if that hands over.
    Standard output may be closed; it serves all the same."""
    handover_is_complete()
    count = "1 worker" if workers == 1 else f"{workers} workers"
    with contextlib.suppress(OSError):
        print(f"Tremolo {version} listens on {', '.join(addresses)} ({count})", flush=True)


@contextlib.contextmanager
def pid_file(path: str | bytes) -> Iterator[None]:
    """Keeps the file with the number of this process while it runs; an empty path means none.

    The process exits with a line with the reason if the file belongs to a process that runs.
    """
    if not path:
        yield
        return
    try:
        file = PidFile(os.fsdecode(path))
    except OSError as error:
        sys.exit(f"tremolo: {error.strerror or error}")
    try:
        yield
    finally:
        file.close()


def check_no_loop_runs() -> None:
    """Refuses to block the event loop of the caller."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "Application.run was called inside a running event loop, which it would block; "
        "write `await app.serve('127.0.0.1:8000')` there"
    )


def loop_factory(name: str | None) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """`asyncio`, `uvloop`, or the name of a loop's class: `package.Loop`."""
    if name is None or name in ("asyncio", "auto"):
        return None
    module_name, _, attribute = name.rpartition(".")
    if not module_name:
        module_name, attribute = name, "new_event_loop"
    module = __import__(module_name, fromlist=[attribute])
    factory: Callable[[], asyncio.AbstractEventLoop] = getattr(module, attribute)
    return factory


def processes(worker_num: int | None) -> int:
    """The number of processes: 0 is none but this one, a negative one that of the processors."""
    if worker_num is None:
        return 0
    if isinstance(worker_num, bool) or not isinstance(worker_num, int) or worker_num > MOST:
        raise ValueError(f"worker_num: a number up to {MOST}, not {worker_num!r}")
    if worker_num >= 0:
        return worker_num
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


#: The largest number of workers.
MOST = 1024
