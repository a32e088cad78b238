"""Descriptors that are given to other processes."""

from __future__ import annotations

import os
import tempfile
from multiprocessing import reduction
from typing import Any


class Descriptor:
    """An open descriptor. Pickled for a new process, it is the same file or socket there."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def fileno(self) -> int:
        """The number in this process."""
        return self.number

    def __reduce__(self) -> tuple[Any, ...]:
        return _detach, (reduction.DupFd(self.number),)


def _detach(duplicate: Any) -> Descriptor:
    return Descriptor(duplicate.detach())


def nameless_file(name: str, size: int) -> int:
    """A new file in no folder, filled with zeros; `name` is for debuggers."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create(name)
    else:
        with tempfile.TemporaryFile() as temporary:
            file = os.dup(temporary.fileno())
    os.ftruncate(file, size)
    return file
