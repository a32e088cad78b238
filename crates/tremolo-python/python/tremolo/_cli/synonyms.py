"""The names that uvicorn, gunicorn, hypercorn and granian have for options.

`docs/coming-from.md` has the same list for readers; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Synonym(NamedTuple):
    """An option of ours, and what makes its text of that of the other one."""

    option: str
    change: Callable[[str], str] = str
    #: Whether the text is added to a list with commas.
    joins: bool = False


def _networks(text: str) -> str:
    return "0.0.0.0/0,::/0,unix" if text.strip() == "*" else text


def _requires(text: str) -> str:
    """Of the numbers of `ssl.VerifyMode`: `CERT_REQUIRED` is 2."""
    return {"0": "false", "1": "false", "2": "true"}.get(text, text)


#: Options with a value.
SYNONYMS: Mapping[str, Synonym] = {
    # uvicorn
    "fd": Synonym("bind", "fd://{}".format, joins=True),
    "forwarded_allow_ips": Synonym("trusted_proxies", _networks),
    "h11_max_incomplete_event_size": Synonym("client_max_header_size"),
    "limit_max_requests": Synonym("worker_max_requests"),
    "reload_dir": Synonym("reload_dirs", joins=True),
    "ssl_ca_certs": Synonym("tls_client_ca"),
    "ssl_cert_reqs": Synonym("tls_client_required", _requires),
    "ssl_certfile": Synonym("tls_cert"),
    "ssl_keyfile": Synonym("tls_key"),
    "ssl_keyfile_password": Synonym("tls_key_password"),
    "timeout_graceful_shutdown": Synonym("shutdown_timeout"),
    "timeout_keep_alive": Synonym("keepalive_timeout"),
    "timeout_worker_healthcheck": Synonym("worker_heartbeat_timeout"),
    "uds": Synonym("bind", lambda path: path if "/" in path else f"./{path}", joins=True),
    "workers": Synonym("worker_num"),
    "ws_max_size": Synonym("ws_max_payload_size"),
    "ws_per_message_deflate": Synonym("ws_compression"),
    # gunicorn, hypercorn
    "ca_certs": Synonym("tls_client_ca"),
    "cert_reqs": Synonym("tls_client_required", _requires),
    "certfile": Synonym("tls_cert"),
    "graceful_timeout": Synonym("shutdown_timeout"),
    "keep_alive": Synonym("keepalive_timeout"),
    "keyfile": Synonym("tls_key"),
    "keyfile_password": Synonym("tls_key_password"),
    "limit_request_fields": Synonym("client_max_header_fields"),
    "max_requests": Synonym("worker_max_requests"),
    "pid": Synonym("pid_file"),
    "read_timeout": Synonym("request_timeout"),
    "threads": Synonym("thread_pool_size"),
    "websocket_max_message_size": Synonym("ws_max_payload_size"),
    "websocket_ping_interval": Synonym("ws_ping_interval"),
    # granian
    "env_files": Synonym("env_file"),
    "blocking_threads": Synonym("thread_pool_size"),
    "pidfile": Synonym("pid_file"),
    "reload_paths": Synonym("reload_dirs", joins=True),
    "ssl_ca": Synonym("tls_client_ca"),
    "ssl_certificate": Synonym("tls_cert"),
    "uds_permissions": Synonym("unix_socket_mode"),
    "url_path_prefix": Synonym("root_path"),
    "workers_kill_timeout": Synonym("shutdown_timeout"),
    "workers_lifetime": Synonym("worker_lifetime"),
    "workers_max_rss": Synonym("limit_memory", "{}MiB".format),
}

#: Options without a value: an option of ours with its text, or nothing to do.
SWITCH_SYNONYMS: Mapping[str, tuple[str, str] | None] = {
    "date_header": None,
    "no_access_log": ("access_log", "off"),
    "no_proxy_headers": ("trusted_proxies", ""),
    "no_server_header": ("server_name", ""),
    "proxy_headers": None,
    "server_header": None,
}

#: Words that may follow a switch, with what they mean for it: `--ws none`.
SWITCH_WORDS: Mapping[str, Mapping[str, str]] = {
    "ws": {
        "auto": "on",
        "none": "off",
        "websockets": "on",
        "websockets-sansio": "on",
        "wsproto": "on",
    },
}

_LEAVE_OUT = "leave it out"

#: Options that have no meaning here, with what to write instead.
REFUSED: Mapping[str, str] = {
    # uvicorn
    "http2": f"HTTP/1.1 is spoken, and a proxy in front can speak more; {_LEAVE_OUT}",
    "http": f"there is one parser, in the engine; {_LEAVE_OUT}",
    "limit_max_requests_jitter": "write --worker-jitter with a percentage",
    "no_date_header": f"a server with a clock must send Date (RFC 9110); {_LEAVE_OUT}",
    "no_use_colors": f"log lines have no colours; {_LEAVE_OUT}",
    "reload_delay": f"changes are found twice a second, or at once by watchfiles; {_LEAVE_OUT}",
    "reload_exclude": "write --reload-dir for the folders that are watched",
    "reload_include": "only .py files are watched; write --reload-dir for their folders",
    "reset_contextvars": f"each request has a context of its own; {_LEAVE_OUT}",
    "ssl_ciphers": f"the ciphers are those of TLS 1.3 and the strong ones of TLS 1.2; {_LEAVE_OUT}",
    "ssl_version": f"TLS 1.2 and 1.3 are spoken; {_LEAVE_OUT}",
    "use_colors": f"log lines have no colours; {_LEAVE_OUT}",
    "ws_max_queue": f"received messages are not queued; {_LEAVE_OUT}",
    # gunicorn, hypercorn
    "access_logfile": "write --access-log, with --access-log-file for a file",
    "access_logformat": "write --access-log-format, with names of fields in braces",
    "chdir": "write --app-dir",
    "ciphers": f"the ciphers are those of TLS 1.3 and the strong ones of TLS 1.2; {_LEAVE_OUT}",
    "daemon": f"a service manager keeps a program running; {_LEAVE_OUT}",
    "error_logfile": "write --log-config",
    "group": "start the program as this group, for instance in its unit of systemd",
    "limit_request_field_size": "write --client-max-header-size",
    "limit_request_line": "write --client-max-header-size",
    "max_requests_jitter": "write --worker-jitter with a percentage",
    "pythonpath": "write --app-dir",
    "timeout": "write --app-handler-timeout for requests, or --worker-heartbeat-timeout",
    "umask": "write --unix-socket-mode",
    "user": "start the program as this user, for instance in its unit of systemd",
    "worker_class": "there is one kind of worker; with gunicorn: tremolo.workers.TremoloWorker",
    # granian
    "backpressure": "write --limit-concurrency",
    "runtime_mode": f"the engine has no threads of its own; {_LEAVE_OUT}",
    "runtime_threads": f"the engine has no threads of its own; {_LEAVE_OUT}",
    "static_path_mount": "write --static /PREFIX=FOLDER",
    "static_path_route": "write --static /PREFIX=FOLDER",
    "working_dir": "write --app-dir",
}
