"""The numbers of all workers of one application, in memory that they share.

Each process has a row of its own, which it alone writes, and all of them read. A row belongs to the
process that holds a record lock on one byte of the file: the lock ends with the process, however
that ends, and the next process continues the numbers of the row.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Any

from .._tremolo import Stats
from .descriptor import Descriptor, nameless_file


class SharedStats:
    """The rows; made by the supervisor, and given to each worker."""

    def __init__(self, workers: int) -> None:
        #: A worker and its replacement may live at the same time.
        self.rows = 2 * workers
        #: Closed with the process only: to close it releases its row.
        self._file = Descriptor(nameless_file("tremolo-stats", self.rows * ROW))
        self._numbers = self._map()

    def _map(self) -> memoryview:
        return memoryview(mmap.mmap(self._file.number, self.rows * ROW)).cast("Q")

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_numbers"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._numbers = self._map()

    def close(self) -> None:
        """Closes the descriptor of this process."""
        self._numbers.release()
        os.close(self._file.number)

    def claim(self) -> int | None:
        """Takes a row for this process. `None` if there is none left."""
        for row in range(self.rows):
            try:
                fcntl.lockf(self._file.number, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
            except (BlockingIOError, PermissionError):
                continue
            return row
        return None

    def read(self, row: int) -> list[int]:
        """The numbers of a row."""
        return self._numbers[row * Stats.length : (row + 1) * Stats.length].tolist()

    def write(self, row: int, numbers: list[int]) -> None:
        """Sets the numbers of a row."""
        for place, number in enumerate(numbers, row * Stats.length):
            self._numbers[place] = number


#: Bytes of a row.
ROW = 8 * Stats.length
