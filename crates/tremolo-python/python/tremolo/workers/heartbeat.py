"""The heartbeats of workers: memory that they write, and the supervisor reads.

A worker that hangs sends no message. So a timer of its event loop counts here, and the supervisor
notices that the number stays the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .shared_numbers import SharedNumbers


class Heartbeats:
    """Of each seat: how often its timer has fired, and how many requests it has begun."""

    def __init__(self, seats: int) -> None:
        self._numbers = SharedNumbers(2 * seats)

    def reset(self, seat: int) -> None:
        """Another process takes the seat."""
        self._numbers[2 * seat] = self._numbers[2 * seat + 1] = 0

    def beats(self, seat: int) -> int:
        """How often the timer of the process has fired."""
        return self._numbers[2 * seat]

    def requests(self, seat: int) -> int:
        """The requests that the process has begun."""
        return self._numbers[2 * seat + 1]

    def write(self, seat: int, requests: int) -> None:
        """The timer of the process has fired."""
        self._numbers[2 * seat] += 1
        self._numbers[2 * seat + 1] = requests

    def close(self) -> None:
        """Closes the memory in this process."""
        self._numbers.close()


class HeartbeatTimer:
    """Writes the heartbeats of one worker, from a timer of its event loop."""

    def __init__(
        self, heartbeats: Heartbeats, seat: int, period: float, requests: Callable[[], int]
    ) -> None:
        self._heartbeats = heartbeats
        self._seat = seat
        self._period = period
        self._requests = requests
        self._beat()

    def _beat(self) -> None:
        self._heartbeats.write(self._seat, self._requests())
        asyncio.get_running_loop().call_later(self._period, self._beat)


class Silence:
    """The time since the last heartbeat of a worker, in which the supervisor itself has run."""

    def __init__(self, now: float) -> None:
        self._beats = -1
        self._last_check = now
        self._seconds = 0.0

    def observed(self, beats: int, now: float, longest_step: float) -> float:
        """The seconds without a heartbeat. The time between two checks counts as `longest_step` at
        most: the supervisor may have been stopped together with its workers."""
        step = min(now - self._last_check, longest_step)
        self._seconds = self._seconds + step if beats == self._beats else 0.0
        self._beats, self._last_check = beats, now
        return self._seconds
