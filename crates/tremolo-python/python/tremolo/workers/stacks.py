"""The stacks of a worker that hangs, for the log.

The interpreter of such a worker runs no Python code of ours. `faulthandler` writes from inside of
the handler of a signal, into a file that the supervisor has as well.
"""

from __future__ import annotations

import faulthandler
import os
import signal

from .descriptor import Descriptor, nameless_file


class Stacks:
    """Where one worker writes the stacks of its threads."""

    def __init__(self) -> None:
        self._file = Descriptor(nameless_file("tremolo-stacks", 0))

    def write_on_request(self) -> None:
        """In the worker: `REQUEST` writes the stacks of all threads."""
        faulthandler.register(REQUEST, self._file.number, all_threads=True)

    def read(self) -> str:
        """In the supervisor: what the worker has written."""
        written = os.pread(self._file.number, LONGEST, 0)
        return written.decode(errors="backslashreplace").rstrip() or "(no stacks: it is stopped)"

    def close(self) -> None:
        """Closes the file in this process."""
        os.close(self._file.number)


#: The signal that a worker with a heartbeat writes its stacks for.
REQUEST = signal.SIGQUIT

#: Bytes of stacks that are logged.
LONGEST = 64 << 10
