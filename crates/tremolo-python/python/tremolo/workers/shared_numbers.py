"""Numbers in memory that several processes share."""

from __future__ import annotations

import mmap
import os

from .descriptor import Descriptor, nameless_file


class SharedNumbers:
    """A list of unsigned 64-bit numbers. Pickled for a new process, it is the same memory there.

    A number is read and written whole. Nothing orders the accesses to two of them.
    """

    def __init__(self, count: int) -> None:
        self.file = Descriptor(nameless_file("tremolo-numbers", 8 * count))
        self._count = count
        self._map()

    def _map(self) -> None:
        size = 8 * self._count
        self._numbers = memoryview(mmap.mmap(self.file.number, size)).cast("Q")

    def __getitem__(self, index: int) -> int:
        return self._numbers[index]

    def __setitem__(self, index: int, number: int) -> None:
        self._numbers[index] = number

    def __getstate__(self) -> tuple[Descriptor, int]:
        return self.file, self._count

    def __setstate__(self, state: tuple[Descriptor, int]) -> None:
        self.file, self._count = state
        self._map()

    def close(self) -> None:
        """Closes the file in this process, and gives back its memory."""
        self._numbers.release()
        os.close(self.file.number)
