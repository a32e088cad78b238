"""How many requests each client may send."""

from __future__ import annotations

from collections.abc import Callable

from ._tremolo import RateLimiter, Request
from .exceptions import TooManyRequests


class RateLimit:
    """Limits how many requests each client may send; one too many is a 429 with `Retry-After`.

    `count` requests in `per` seconds, and at most `burst` at once: all of them by default. A client
    is `request.ip`, which is that of the client behind `trusted_proxies`; an IPv6 address counts
    with its network of 64 bits. With `key` it is the text that this function makes of a request;
    `None` is the address. At most `clients` are remembered, 50 bytes for each; those that were
    silent for the longest time are forgotten first. Each worker process counts for itself.

    It has middleware, or is checked by a handler:

    >>> from tremolo import Application, RateLimit
    >>> app = Application()
    >>> limit = RateLimit(1_000, per=60, burst=50)
    >>> app.add_middleware(limit.on_request, priority=1)
    >>> logins = RateLimit(5, per=60)
    >>> @app.route("/login")
    ... async def login(request):
    ...     logins.check(request)
    ...     return "welcome"
    """

    def __init__(
        self,
        count: int,
        per: float,
        *,
        burst: int | None = None,
        clients: int = 65_536,
        key: Callable[[Request], str | None] | None = None,
    ) -> None:
        self._limiter = RateLimiter(count, per, count if burst is None else burst, clients)
        self._key = key

    def check(self, request: Request) -> None:
        """Counts a request; one too many raises a `TooManyRequests` and does not count."""
        key = None if self._key is None else self._key(request)
        seconds = self._limiter.admit(request.ip, key)
        if seconds is not None:
            raise TooManyRequests(retry_after=str(seconds))

    async def on_request(self, request: Request) -> None:
        """The same as middleware."""
        self.check(request)
