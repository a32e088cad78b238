"""A worker of gunicorn: `gunicorn -k tremolo.workers.TremoloWorker`.

The arbiter has the sockets, starts the workers and sends them signals. A worker touches a file as
its heartbeat, finishes its requests on SIGTERM, and ends them on SIGQUIT and SIGINT.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from .. import _options, _process_options, _running
from .._loading import NotLoaded, load, served
from .._tremolo import check_options

if TYPE_CHECKING:
    from .._service import Service
    from ..application import Tremolo


class TremoloWorker(Worker):  # type: ignore[misc]
    """Serves an application of ASGI, of WSGI or of this package.

    gunicorn's settings `keepalive`, `graceful_timeout`, `max_requests`, `forwarded_allow_ips`,
    `proxy_protocol`, `certfile`, `keyfile`, `ca_certs` and those of its log are used. Options that
    gunicorn does not have are taken from the environment: `TREMOLO_REQUEST_TIMEOUT=10s`.
    """

    def load_wsgi(self) -> None:
        """Loads the application. gunicorn itself refuses one that is not callable."""
        options = self._options = _options_of(self.cfg)
        name = getattr(self.app, "app_uri", None) or repr(self.app)
        try:
            loaded = load(name) if isinstance(name, str) and _is_name(self.app) else self.app.wsgi()
            self.wsgi: Tremolo = served(loaded, name, options)
            check_options(options)
        except (NotLoaded, TypeError, ValueError) as error:
            self.log.error("tremolo: %s", error)
            sys.exit(Arbiter.APP_LOAD_ERROR)

    def init_signals(self) -> None:
        """Leaves SIGTERM, SIGINT and SIGQUIT to the event loop while it runs."""
        super().init_signals()
        # The loop has a descriptor of its own for that.
        signal.set_wakeup_fd(-1)

    def run(self) -> None:
        """Serves until a signal, until `max_requests`, or until the arbiter has gone."""
        self._take_over_log()
        listeners = [(sock.fileno(), EMPTY) for sock in self.sockets]

        async def start() -> Service:
            service = await self.wsgi._open(listeners, self._options)
            self._watch(service)
            return service

        try:
            _running.run(start, None, self._on_ready, (signal.SIGTERM,))
        except SystemExit as error:
            if isinstance(error.code, str):
                # It has not started: the arbiter stops, and does not try again and again.
                self.log.error("%s", error.code)
                sys.exit(Arbiter.WORKER_BOOT_ERROR)
            raise

    def _on_ready(self, addresses: list[str]) -> None:
        self.log.debug("%s serves %s", self, ", ".join(addresses))

    def _watch(self, service: Service) -> None:
        """Notifies the arbiter, and looks for a reason to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, self._end_at_once, service)

        def look(stops: bool = False) -> None:
            self.notify()
            reason = None if stops else self._reason_to_stop(service)
            if reason is not None:
                self.log.info("%s stops: %s", self, reason)
                service.finish()
            loop.call_later(INTERVAL, look, stops or reason is not None)

        look()

    def _reason_to_stop(self, service: Service) -> str | None:
        if self.ppid != os.getppid():
            return "the arbiter has gone"
        if service.requests() >= self.max_requests:
            return "it has served its requests"
        # The reloader of gunicorn sets that.
        return None if self.alive else "its code has changed"

    def _end_at_once(self, service: Service) -> None:
        self.cfg.worker_int(self)
        service.finish()
        service.stop()

    def _take_over_log(self) -> None:
        """The lines of the server go where those of gunicorn go, unless they are configured."""
        for name, source in (
            ("tremolo", self.log.error_log),
            ("tremolo.access", self.log.access_log),
        ):
            logger = logging.getLogger(name)
            if logger.handlers:
                continue
            logger.handlers = list(source.handlers)
            logger.setLevel(source.level)
            logger.propagate = False
        self.wsgi.logger = logging.getLogger("tremolo")


def _is_name(app: Any) -> bool:
    """Whether the application of gunicorn is a name on its command line, and not made by a program
    of its own."""
    return getattr(app, "app_uri", None) is not None and app.cfg.paste is None


def _options_of(cfg: Any) -> dict[str, Any]:
    """The options of the server: the settings of gunicorn, and what the environment adds."""
    options: dict[str, Any] = {
        "thread_pool_size": 5,
        **_options.of_process({}),
        "keepalive_timeout": cfg.keepalive,
        "shutdown_timeout": cfg.graceful_timeout,
        "proxy_protocol": cfg.proxy_protocol not in (False, "off"),
        "access_log": "text" if cfg.accesslog else "off",
        "trusted_proxies": _networks(cfg.forwarded_allow_ips),
    }
    if cfg.threads > 1:
        options["thread_pool_size"] = cfg.threads
    if cfg.is_ssl:
        options.update(tls_cert=cfg.certfile or "", tls_key=cfg.keyfile or "")
        if cfg.ca_certs:
            required = int(cfg.cert_reqs) == REQUIRED
            options.update(tls_client_ca=cfg.ca_certs, tls_client_required=required)
    # The processes are those of gunicorn.
    others = _options.OF_RUN | _process_options.NAMES
    return {name: value for name, value in options.items() if name not in others}


def _networks(addresses: list[str]) -> str:
    """The option for the addresses of proxies; Unix sockets are trusted, as in gunicorn."""
    everyone = ["0.0.0.0/0", "::/0"]
    return ",".join([*(everyone if "*" in addresses else addresses), "unix"])


#: `ssl.CERT_REQUIRED`.
REQUIRED = 2

#: Seconds between two heartbeats; gunicorn's `timeout` is at least one second.
INTERVAL = 0.5

#: The options of a listener.
EMPTY: Mapping[str, Any] = {}
