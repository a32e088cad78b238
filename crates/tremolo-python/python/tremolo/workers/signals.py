"""The signals of a supervisor."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator

from .. import _handover
from .._running import SIGNALS as STOPPING

#: Signals that the workers get as well: SIGHUP reads certificates again, SIGUSR1 opens the files of
#: the log again.
FORWARDED = (signal.SIGHUP, signal.SIGUSR1)

#: All that a supervisor handles.
ALL = (*STOPPING, *FORWARDED, _handover.SIGNAL)


@contextlib.contextmanager
def received() -> Iterator[socket.socket]:
    """Signals as bytes of a socket: their numbers."""
    here, there = socket.socketpair()
    there.setblocking(False)
    before = {number: signal.signal(number, ignore) for number in ALL}
    old = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
    try:
        yield here
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        here.close()
        there.close()


def ignore(*_: object) -> None:
    """A handler that does nothing. Unlike SIG_IGN, programs that the process starts do not inherit
    it."""
