"""A worker: the process that a supervisor starts. It serves until SIGTERM, or until its supervisor
has gone."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _logging, _running
from .shared_locks import LocksOfWorker, SharedLocks
from .shared_stats import SharedStats

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Coroutine, Mapping
    from multiprocessing.connection import Connection

    from .._service import Service
    from .descriptor import Descriptor


class Task(NamedTuple):
    """What all workers do."""

    #: `Application._open`.
    start: Callable[..., Coroutine[Any, Any, Service]]
    logger: logging.Logger
    options: dict[str, Any]
    #: The name of the event loop, and the level and the format of the log.
    loop: str | None
    log: tuple[str | int | None, str | None]


class Place(NamedTuple):
    """Where one worker does it."""

    number: int
    #: Sockets that listen, with the options of their listeners.
    sockets: list[tuple[Descriptor, Mapping[str, Any]]]
    locks: SharedLocks
    stats: SharedStats
    #: The supervisor has the other end: it is sent one message when the worker serves.
    lifeline: Connection[Any, Any]


def main(task: Task, place: Place, leave: Callable[[], None] | None) -> None:
    """The entry of the process. With `fork` it calls `leave` first, which closes what belongs to
    the supervisor."""
    if leave is not None:
        leave()
    # An interrupt from the keyboard goes to all processes: the supervisor decides what it means. It
    # is not SIG_IGN, which the programs that a worker starts would inherit.
    signal.signal(signal.SIGINT, lambda *_: None)
    # It opens log files anew, of which there is none yet.
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _running.SIGNALS)
    _logging.set_up(task.logger, *task.log, debug=bool(task.options.get("debug")))

    async def start() -> Service:
        locks = LocksOfWorker(place.locks, place.number)
        listeners = [(socket.number, options) for socket, options in place.sockets]
        service = await task.start(listeners, task.options, locks, place.stats)
        for socket, _ in place.sockets:
            # The server has duplicates.
            os.close(socket.number)
        _stop_with_supervisor(service, place.lifeline.fileno())
        return service

    ready = lambda _: place.lifeline.send("ready")  # noqa: E731
    _running.run(start, task.loop, ready, (signal.SIGTERM,))


def _stop_with_supervisor(service: Service, lifeline: int) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # Nothing is sent this way: it is readable at its end, and stays so.
        loop.remove_reader(lifeline)
        service.stop()

    loop.add_reader(lifeline, stop)
