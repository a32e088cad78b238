"""A worker: the process that a supervisor starts.

It serves until SIGTERM, until its supervisor asks it to retire, or until its supervisor has gone.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _logging, _running
from . import signals
from .code_watch import files_of_modules
from .heartbeat import Heartbeats, HeartbeatTimer
from .shared_locks import LocksOfWorker, SharedLocks
from .shared_stats import SharedStats

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Coroutine, Mapping
    from multiprocessing.connection import Connection

    from .._process_options import ProcessOptions
    from .._service import Service
    from .descriptor import Descriptor
    from .stacks import Stacks


class Task(NamedTuple):
    """What all workers do."""

    #: `Application._open`; picklable.
    start: Callable[..., Coroutine[Any, Any, Service]]
    logger: logging.Logger
    options: dict[str, Any]
    #: The name of the event loop.
    loop: str | None
    log: _logging.Log
    process: ProcessOptions


class Place(NamedTuple):
    """Where one worker does it."""

    seat: int
    #: Sockets that listen, with the options of their listeners.
    sockets: list[tuple[Descriptor, Mapping[str, Any]]]
    locks: SharedLocks
    heartbeats: Heartbeats
    stats: SharedStats
    stacks: Stacks | None
    #: The supervisor has the other end. It is sent one message when the worker serves: the files of
    #: its modules, if the supervisor watches them. It sends `RETIRE`, or nothing.
    lifeline: Connection[Any, Any]


def main(task: Task, place: Place, leave: Callable[[], None] | None) -> None:
    """The entry of the process. With `fork` it calls `leave` first, which closes what belongs to
    the supervisor."""
    if leave is not None:
        leave()
    # An interrupt from the keyboard goes to all processes: the supervisor decides what it means.
    for number in (signal.SIGINT, *signals.FORWARDED):
        signal.signal(number, signals.ignore)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ALL)
    _logging.set_up(task.logger, task.log, debug=bool(task.options.get("debug")))
    if place.stacks is not None:
        place.stacks.write_on_request()

    async def start() -> Service:
        locks = LocksOfWorker(place.locks, place.seat)
        listeners = [(socket.number, options) for socket, options in place.sockets]
        service = await task.start(listeners, task.options, locks, place.stats)
        for socket, _ in place.sockets:
            # The server has duplicates.
            os.close(socket.number)
        if task.process.heartbeat is not None:
            HeartbeatTimer(place.heartbeats, place.seat, task.process.heartbeat, service.requests)
        _stop_with_supervisor(service, place.lifeline)
        return service

    def ready(_: list[str]) -> None:
        place.lifeline.send(files_of_modules() if task.process.reload else [])

    _running.run(start, task.loop, ready, (signal.SIGTERM,))


def _stop_with_supervisor(service: Service, lifeline: Connection[Any, Any]) -> None:
    loop = asyncio.get_running_loop()

    def on_readable() -> None:
        try:
            lifeline.recv_bytes(len(RETIRE))
        except (EOFError, OSError):
            # The supervisor has gone: the end stays readable.
            loop.remove_reader(lifeline.fileno())
            service.finish()
        else:
            service.leave()

    loop.add_reader(lifeline.fileno(), on_readable)


#: The message that asks a worker to leave its sockets to its successor.
RETIRE = b"retire"
