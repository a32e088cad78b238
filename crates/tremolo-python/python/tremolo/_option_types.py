"""The options of a server, with their types.

Made of the table in `crates/tremolo-config`, as `docs/configuration.md` is; a test compares them.
Durations are seconds, sizes bytes.
"""

from __future__ import annotations

from typing import TypedDict


class Options(TypedDict, total=False):
    """Keywords of `Application.run` and `Application.serve`."""

    thread_pool_size: int
    """Threads of each worker for blocking handlers, and locks of the application. Default 5: a few
    that wait for a disk or a database; each is a whole thread (the original: 5)."""

    limit_memory: int
    """Memory of a worker process, in KiB, above which it is replaced. Default 0: no limit. What
    counts is its resident set, pages that it shares with others included; Linux only.

    This and the other limits of a worker: its replacement serves before the old process stops
    accepting, and this one finishes its requests, for `shutdown_timeout` at most. Workers are
    checked twice a second, and replaced one after the other; those that reach a limit again and
    again within seconds after a pause, which grows to 5 s. With such a limit a server of one
    process has a supervisor and one worker."""

    worker_lifetime: float
    """Time after which a worker process is replaced. Default 0: none."""

    worker_max_requests: int
    """Requests after which a worker process is replaced; it serves some more until its replacement
    is ready. Default 0: no limit."""

    worker_jitter: int
    """Percent by which the limits of each worker process are lower at most, at random. Default 10:
    workers that have started together do not end together."""

    worker_heartbeat_timeout: float
    """Time without a turn of its event loop after which a worker process counts as hanging. Default
    0: none. Then the stacks of its threads are logged, it is killed, and another one starts. A
    handler that blocks the loop for longer ends all requests of its worker."""

    start_timeout: float
    """Time in which a new process has to serve, else it is killed: the next process that SIGUSR2
    starts, and in Python each worker process. Default 0: none, because an application may need
    minutes to load (systemd: 90 s). The process that it was to replace serves on; without one,
    another is started, or the program ends if it was the first."""

    preload: bool
    """Whether worker processes are forked from the program after it has imported the application,
    so that they share its memory (`gc.freeze`). Default false: as `multiprocessing` is set up."""

    reload: bool
    """Whether workers are replaced when code changes: the files of modules that they have imported,
    without installed packages, and those in `reload_dirs`. Default false. For development.

    New workers import the code anew (`spawn`), so that the application must be a global name of
    its module. If they cannot start, as after a syntax error, the old ones serve on."""

    reload_dirs: str | bytes
    """Folders in which `reload` watches all `.py` files, in a list with commas. Default empty. With
    the package `watchfiles` the system reports changes, else the files are checked twice a
    second."""

    pid_file: str | bytes
    """A file for the number of the process, of the supervisor if there is one. Default empty: none.
    It is locked while the server runs: a second server with this file does not start. It is
    removed at the end."""

    reuse_port: bool
    """Whether each worker has a listening socket of its own (`SO_REUSEPORT`). Default true. Then a
    second process of the same user can listen on the port as well, so that a restart has no
    moment in which clients are refused."""

    backlog: int
    """Connections that wait to be accepted. Default 1 024 (the original: 100)."""

    proxy_protocol: bool
    """Whether every connection begins with a PROXY protocol header, version 1 or 2. Default false.
    A connection without one is closed. A header counts only if it comes from one of the
    `trusted_proxies`."""

    trusted_proxies: str | list[str]
    """Peers that may speak for others: by a PROXY protocol header, `X-Forwarded-For`, `-Proto` and
    `-Host`, and `Forwarded`. Default: loopback and Unix sockets, for a proxy on this machine."""

    trust_forwarded: bool
    """Whether `Forwarded` (RFC 7239) of a trusted proxy is read, and before the `X-` fields.
    Default false: common proxies write the `X-` fields and let a client's own `Forwarded`
    pass (nginx, Apache)."""

    tls_cert: str | bytes | list[str]
    """PEM files with the certificates of the server, each with its intermediates; a list with
    commas. Default empty: connections are not encrypted. Of several the client gets the one for
    the name that it asks for (SNI), else the first.

    Changed files are read again within a second, and on SIGHUP in Rust. If they are not valid,
    the old ones remain. Connections that are open keep their certificate."""

    tls_key: str | bytes | list[str]
    """PEM files with the private keys, in the order of the certificates. Default empty: each key is
    in the file of its certificate."""

    tls_key_password: str | bytes
    """The password of encrypted private keys (PKCS #8). Default empty."""

    tls_client_ca: str | bytes
    """A PEM file with the authorities whose client certificates are accepted. Default empty: no
    client is asked for a certificate."""

    tls_client_required: bool
    """Whether a client without a certificate is refused. Default true. It counts if
    `tls_client_ca` is set."""

    tls_handshake_timeout: float
    """Time for a TLS handshake. Default 10 s: several round trips on a slow network."""

    https_redirect: int
    """The port to which requests without encryption are redirected (308), with the host and the
    path of the request. Default 0: they are served. It counts for listeners without certificates,
    and not for requests that a trusted proxy has received over HTTPS. A request without a valid
    host is answered with 400."""

    hsts_max_age: float
    """Time for which browsers may not use the host without encryption (`Strict-Transport-Security`,
    RFC 6797), counted from each response over TLS. Default 0: the field is not sent. A handler
    that sets the field itself keeps its value."""

    hsts_subdomains: bool
    """Whether `hsts_max_age` counts for the subdomains of the host too. Default false."""

    tls_max_handshakes: int
    """TLS handshakes in progress in each worker, at most half of its connections. Default 4 096:
    about 10 000 new clients a second that take 400 ms each. When more come, the oldest ones are
    closed, so that clients with half-open handshakes keep no others out."""

    unix_socket_mode: int
    """The mode of a Unix socket. Default `0o660`: owner and group."""

    unix_socket_owner: str | bytes
    """The owner of a Unix socket: `user`, `user:group` or `:group`, by names or numbers. Default
    empty: the user and the group of the process. Only the superuser can name another user."""

    max_connections: int | None
    """Open connections of the server; at the limit it stops accepting. Default: as many as
    `RLIMIT_NOFILE` allows, which is raised to its hard limit."""

    limit_concurrency: int
    """Requests whose handlers may run at the same time, in each process. Default 0: no limit. More
    are answered at once with 503 and `Retry-After`, before any middleware runs. Idle connections
    do not count. A WebSocket, a stream and a handler whose client has gone count until the
    handler has ended. All threads of a Rust server count together; each process of Python counts
    its own."""

    keepalive_connections: int
    """Idle connections that a worker keeps; when more come, those idle longest are closed.
    Default 10 000 (the original: 512)."""

    access_log: str | bool
    """Whether each exchange is a line of the log, and how it looks. Default `off`.

    `combined` is the format of Apache and nginx, `text` the same with the duration and the
    identifier of the request, `json` an object with all fields.

    The lines have the level `info`. Python writes them to the logger `tremolo.access`, and takes
    `True` for `text` and `False` for `off`."""

    access_log_format: str | bytes
    """Another format of these lines, with the names of fields in braces: `{client} {status} {url}`.
    Default empty: the one that `access_log` names.

    The fields are `bytes`, `client`, `cut`, `duration` (seconds), `duration_ms`, `method`,
    `path`, `peer`, `query`, `referer`, `request_id`, `status`, `time`, `timestamp`, `trace_id`,
    `url`, `user_agent` and `version`; one without a value is a dash. A brace is written twice."""

    access_log_file: str | bytes
    """A file for these lines, in place of the log. Default empty: the log. Lines are written a
    second later at most, and at the end; SIGUSR1 opens the file anew. Lines that cannot be
    written, because the disk is full for instance, are lost, and counted."""

    request_ids: bool
    """Whether each request has an identifier: in the access log, in the field `X-Request-Id` of the
    response, and for handlers. Default false.

    It is the one in `X-Request-Id` of the request, if the peer is one of the `trusted_proxies`
    and it is 1 to 128 letters, digits, `-`, `_`, `.`, `=`, `+` or `/`; otherwise a new one of 32
    hexadecimal digits."""

    buffer_size: int
    """Bytes per read and write step. Default 16 384: one TLS record, one page run.

    `write` waits while more than four times this is queued, until less than half of it is."""

    client_max_header_size: int
    """Bytes of a request head, request line included. Default 8 192 (nginx 8 KiB, Apache 8 190
    bytes per line). More is answered with 431, a request line that alone is longer with 414."""

    client_max_header_fields: int
    """Fields of a request head. Default 100 (Apache 100, hyper 100). More is answered with 431."""

    client_max_body_size: int
    """Bytes of a request body, chunk framing not counted. Default 2 097 152 (2 MiB; nginx 1 MiB).
    More is answered with 413."""

    max_query_fields: int
    """Pairs of a query string, and of a form that is read whole. Default 100 (the original: 100;
    Django 1 000). More is answered with 400."""

    discard_limit: int
    """Bytes of an unread request body that are discarded to keep a connection. Default 262 144:
    about what is in flight anyway. A longer rest closes the connection."""

    upload_rate: int
    """Bytes per second that are read from a connection, bodies and heads alike. Default 0: no
    limit. The first four times `buffer_size` bytes after a pause are not delayed."""

    download_rate: int
    """Bytes per second that are written to a connection; a response can set its own. Default 0:
    no limit (the original has 1 MiB/s in place of backpressure). As for `upload_rate`."""

    compression: bool
    """Whether responses are compressed for clients that accept it (`Accept-Encoding`); a handler
    can override it. Default false: the length of an encrypted response that holds both a secret
    and text of an attacker reveals the secret (BREACH), and often a proxy compresses already."""

    compression_min_size: int
    """Bytes from which on a body is worth compressing, if its length is known. Default 1 024:
    below, one packet holds it anyway (nginx 20, Caddy 512)."""

    ws: bool
    """Whether requests can become WebSockets. Default true."""

    ws_max_payload_size: int
    """Bytes of a WebSocket message, after decompression. Default 2 097 152 (2 MiB; `websockets`
    1 MiB, `ws` 100 MiB). The answer to more is the close code 1009."""

    ws_max_fragments: int
    """Fragments of a WebSocket message. Default 65 536. The answer to more is the close code
    1008."""

    ws_allowed_origins: str | bytes | list[str]
    """Origins whose pages may open WebSockets, in a list with commas: `https://example.com`.
    Default empty: all. A request without `Origin` does not come from a page, and is allowed."""

    ws_compression: bool
    """Whether WebSocket messages are compressed for clients that offer it (permessage-deflate).
    Default true."""

    ws_compression_min_size: int
    """Bytes from which on a WebSocket message is worth compressing. Default 1 024: below, one
    packet holds it anyway."""

    ws_context_takeover: bool
    """Whether a compressed WebSocket message may refer to earlier ones. Default false: similar
    messages become shorter, but each connection keeps about 430 KiB of memory."""

    ws_ping_interval: float | None
    """Silence of a WebSocket client after which it gets a ping. Default: half of `request_timeout`.
    0: it gets none."""

    ws_ping_timeout: float | None
    """Further silence after a ping, after which the client counts as gone. Default: half of
    `request_timeout`."""

    ws_close_timeout: float
    """Time for a WebSocket client to answer a close frame. Default 10 s (`websockets` 10 s, `ws`
    30 s)."""

    max_queue_size: int
    """Buffers queued for one connection. Default 128."""

    request_timeout: float
    """Time for a request head to be complete, and between two pieces of a body. Default 30 s."""

    keepalive_timeout: float
    """Time a connection may idle between requests. Default 30 s."""

    write_timeout: float
    """Time without progress while something is queued, after which a slow reader is cut.
    Default 30 s."""

    app_handler_timeout: float
    """Time that a handler may take without progress. Default 120 s. Progress is a piece that the
    handler reads or writes, or bytes that the client takes. The answer is 500, or 408 if the
    client was the slow side; a response that has begun is cut."""

    app_request_timeout: float
    """Time from a complete request head until its handler has ended and its response is written.
    Default 0: no limit. It is a last resort against handlers and clients that make progress and
    never end. A handler is cancelled, and the answer is 500; a response that has begun is cut.
    It does not count for WebSockets and streams of server-sent events."""

    sse_heartbeat: float
    """Silence of a stream of server-sent events after which a comment is sent. Default 15 s, as in
    the WHATWG specification; 0: none is sent. It keeps proxies from closing the stream, and with
    `write_timeout` it finds a client that has vanished."""

    app_close_timeout: float
    """Time that a handler has for its clean-up after its client has gone. Default 30 s. A handler
    has it if it notices: by a read or a write that fails, or because it waits for the client to
    go. A handler that waits for something else is dropped at once."""

    half_close: str
    """Whether a client that closes its sending half counts as gone. Default `grace`: after
    `half_close_grace`, unless the handler has begun to write. `allow`: never. `close`: at once."""

    half_close_grace: float
    """Time between such a close and the moment at which the client counts as gone. Default 1 s:
    enough for a quick answer to `nc` and to scripts that close early."""

    lingering_time: float
    """Time in all for which the server goes on reading after an early response. Default 10 s."""

    lingering_timeout: float
    """Silence after which the lingering ends. Default 2 s."""

    drain_grace: float
    """Time in which a client without a request may still send one when the server stops. Default
    500 ms: more than a round trip, so that a request that is on its way is served. Its response
    has `Connection: close`. Until then connections that the system completes are accepted too."""

    shutdown_timeout: float
    """Time that running requests get when the server stops. Default 30 s. Then they are cancelled,
    and the exit code of the program is 1."""

    server_name: str | bytes
    """The `Server` field; empty: none is sent. Default `Tremolo`."""

    default_content_type: str | bytes
    """The content type of responses whose handler sets none. Default `text/html; charset=utf-8`,
    as in the original: text of clients has to be escaped in it. An API has
    `application/json`, or `text/plain; charset=utf-8`."""

    problem_details: bool
    """Whether errors are answered with problem details (`application/problem+json`, RFC 9457) for
    every client. Default false: in the format that the client accepts, HTML for browsers,
    problem details for programs that accept JSON, else text (in Python HTML)."""

    debug: bool
    """Whether clients see the text of unexpected errors. Default false."""
