"""The numbers of a server: those of this process, and those of its other workers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from ._tremolo import Stats

if TYPE_CHECKING:
    from ._tremolo import Server


class Board(Protocol):
    """The rows of all workers: `workers.shared_stats.SharedStats`."""

    rows: int

    def claim(self) -> int | None:
        """Takes a row for this process."""

    def read(self, row: int) -> list[int]:
        """The numbers of a row."""

    def write(self, row: int, numbers: list[int]) -> None:
        """Sets the numbers of a row."""


class Numbers:
    """The numbers of one server."""

    def __init__(self, server: Server, board: Board | None) -> None:
        self._server = server
        self._board = board
        self._row: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """From now on the other workers see the numbers of this process."""
        if self._board is None:
            return
        self._row = self._board.claim()
        if self._row is not None:
            self._server.continue_numbers(self._board.read(self._row))
            self._publish()

    def stop(self) -> None:
        """Gives the other workers the last numbers of this process."""
        if self._timer is not None:
            self._timer.cancel()
            self._publish(is_last=True)

    def _publish(self, *, is_last: bool = False) -> None:
        if self._board is not None and self._row is not None:
            self._board.write(self._row, self._server.numbers())
        if not is_last:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._publish)

    def all(self) -> Stats:
        """The sums of all workers: of this one now, of others at most `INTERVAL` ago."""
        own = self._server.numbers()
        if self._board is None:
            return Stats([own])
        if self._row is not None:
            self._board.write(self._row, own)
        others = (row for row in range(self._board.rows) if row != self._row)
        return Stats([own, *map(self._board.read, others)])


#: Seconds between two publications.
INTERVAL = 0.5
