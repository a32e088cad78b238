//! The table of options: each is named here once, and nowhere else.
//!
//! A row is its documentation (meaning, default, the reason for the default, precedents), its
//! scope, name, type, default value, and the kind of its values with their bounds.

use std::time::Duration;

use crate::choices::{AccessLog, Choice, HalfClose, LogFormat, LogLevel};
use crate::kind::{Kind, Scope, Unit};
use crate::option::ConfigOption;
use crate::proxies::TrustedProxies;
use crate::rows::options;
use crate::value::OptionType;

options! {
    /// Addresses to listen on, in a list with commas: `127.0.0.1:8000`, `[::1]:8000`, the path of a
    /// Unix socket with a slash, `fd://3`, `systemd://`. Default empty. It counts where the program
    /// leaves the choice open: `Listen::configured` in Rust, `run` without a host and the command
    /// line in Python. There is no option for a port alone, because Kubernetes sets `TREMOLO_PORT` to
    /// a URL for a service of this name.
    RustServer bind: String = String::new(), Kind::List;

    /// Workers: threads in Rust. Default 1; 0: one for each processor.
    RustServer worker_num: usize = 1, COUNT;

    /// Threads of each worker for blocking handlers, and locks of the application. Default 5: a few
    /// that wait for a disk or a database; each is a whole thread (the original: 5).
    Server thread_pool_size: usize = 5, count(1, 10_000);

    /// Memory of a worker process, in KiB, above which it is replaced. Default 0: no limit. What
    /// counts is its resident set, pages that it shares with others included; Linux only.
    ///
    /// This and the other limits of a worker: its replacement serves before the old process stops
    /// accepting, and this one finishes its requests, for `shutdown_timeout` at most. Workers are
    /// checked twice a second, and replaced one after the other; those that reach a limit again and
    /// again within seconds after a pause, which grows to 5 s. With such a limit a server of one
    /// process has a supervisor and one worker.
    PythonServer limit_memory: u64 = 0, Kind::Number { unit: Unit::Kibibytes, least: 0, most: u64::MAX };

    /// Time after which a worker process is replaced. Default 0: none.
    PythonServer worker_lifetime: Duration = Duration::ZERO, Kind::Time;

    /// Requests after which a worker process is replaced; it serves some more until its replacement
    /// is ready. Default 0: no limit.
    PythonServer worker_max_requests: u64 = 0, COUNT;

    /// Percent by which the limits of each worker process are lower at most, at random. Default 10:
    /// workers that have started together do not end together.
    PythonServer worker_jitter: u64 = 10, count(0, 100);

    /// Time without a turn of its event loop after which a worker process counts as hanging. Default
    /// 0: none. Then the stacks of its threads are logged, it is killed, and another one starts. A
    /// handler that blocks the loop for longer ends all requests of its worker.
    PythonServer worker_heartbeat_timeout: Duration = Duration::ZERO, Kind::Time;

    /// Time in which a new process has to serve, else it is killed: the next process that SIGUSR2
    /// starts, and in Python each worker process. Default 0: none, because an application may need
    /// minutes to load (systemd: 90 s). The process that it was to replace serves on; without one,
    /// another is started, or the program ends if it was the first.
    Server start_timeout: Duration = Duration::ZERO, Kind::Time;

    /// Whether worker processes are forked from the program after it has imported the application,
    /// so that they share its memory (`gc.freeze`). Default false: as `multiprocessing` is set up.
    PythonServer preload: bool = false, Kind::Switch;

    /// Whether workers are replaced when code changes: the files of modules that they have imported,
    /// without installed packages, and those in `reload_dirs`. Default false. For development.
    ///
    /// New workers import the code anew (`spawn`), so that the application must be a global name of
    /// its module. If they cannot start, as after a syntax error, the old ones serve on.
    PythonServer reload: bool = false, Kind::Switch;

    /// Folders in which `reload` watches all `.py` files, in a list with commas. Default empty. With
    /// the package `watchfiles` the system reports changes, else the files are checked twice a
    /// second.
    PythonServer reload_dirs: String = String::new(), Kind::Text;

    /// A file for the number of the process, of the supervisor if there is one. Default empty: none.
    /// It is locked while the server runs: a second server with this file does not start. It is
    /// removed at the end.
    Server pid_file: String = String::new(), Kind::Text;

    /// Whether each worker has a listening socket of its own (`SO_REUSEPORT`). Default true. Then a
    /// second process of the same user can listen on the port as well, so that a restart has no
    /// moment in which clients are refused.
    Listener reuse_port: bool = true, Kind::Switch;

    /// Connections that wait to be accepted. Default 1 024 (the original: 100).
    Listener backlog: u32 = 1_024, count(1, u32::MAX as u64);

    /// Whether every connection begins with a PROXY protocol header, version 1 or 2. Default false.
    /// A connection without one is closed. A header counts only if it comes from one of the
    /// `trusted_proxies`.
    Listener proxy_protocol: bool = false, Kind::Switch;

    /// Peers that may speak for others: by a PROXY protocol header, `X-Forwarded-For`, `-Proto` and
    /// `-Host`, and `Forwarded`. Default: loopback and Unix sockets, for a proxy on this machine.
    Server trusted_proxies: TrustedProxies = TrustedProxies::default(), Kind::Networks;

    /// Whether `Forwarded` (RFC 7239) of a trusted proxy is read, and before the `X-` fields.
    /// Default false: common proxies write the `X-` fields and let a client's own `Forwarded`
    /// pass (nginx, Apache).
    Server trust_forwarded: bool = false, Kind::Switch;

    /// PEM files with the certificates of the server, each with its intermediates; a list with
    /// commas. Default empty: connections are not encrypted. Of several the client gets the one for
    /// the name that it asks for (SNI), else the first.
    ///
    /// Changed files are read again within a second, and on SIGHUP in Rust. If they are not valid,
    /// the old ones remain. Connections that are open keep their certificate.
    Listener tls_cert: String = String::new(), Kind::List;

    /// PEM files with the private keys, in the order of the certificates. Default empty: each key is
    /// in the file of its certificate.
    Listener tls_key: String = String::new(), Kind::List;

    /// The password of encrypted private keys (PKCS #8). Default empty.
    Listener tls_key_password: String = String::new(), Kind::Text;

    /// A PEM file with the authorities whose client certificates are accepted. Default empty: no
    /// client is asked for a certificate.
    Listener tls_client_ca: String = String::new(), Kind::Text;

    /// Whether a client without a certificate is refused. Default true. It counts if
    /// `tls_client_ca` is set.
    Listener tls_client_required: bool = true, Kind::Switch;

    /// Time for a TLS handshake. Default 10 s: several round trips on a slow network.
    Listener tls_handshake_timeout: Duration = Duration::from_secs(10), Kind::Time;

    /// The port to which requests without encryption are redirected (308), with the host and the
    /// path of the request. Default 0: they are served. It counts for listeners without certificates,
    /// and not for requests that a trusted proxy has received over HTTPS. A request without a valid
    /// host is answered with 400.
    Listener https_redirect: u32 = 0, count(0, 65_535);

    /// Time for which browsers may not use the host without encryption (`Strict-Transport-Security`,
    /// RFC 6797), counted from each response over TLS. Default 0: the field is not sent. A handler
    /// that sets the field itself keeps its value.
    Listener hsts_max_age: Duration = Duration::ZERO, Kind::Time;

    /// Whether `hsts_max_age` counts for the subdomains of the host too. Default false.
    Listener hsts_subdomains: bool = false, Kind::Switch;

    /// TLS handshakes in progress in each worker, at most half of its connections. Default 4 096:
    /// about 10 000 new clients a second that take 400 ms each. When more come, the oldest ones are
    /// closed, so that clients with half-open handshakes keep no others out.
    Server tls_max_handshakes: usize = 4_096, count(1, u64::MAX);

    /// The mode of a Unix socket. Default `0o660`: owner and group.
    Listener unix_socket_mode: u32 = 0o660, Kind::Number { unit: Unit::Mode, least: 0, most: 0o777 };

    /// The owner of a Unix socket: `user`, `user:group` or `:group`, by names or numbers. Default
    /// empty: the user and the group of the process. Only the superuser can name another user.
    Listener unix_socket_owner: String = String::new(), Kind::Text;

    /// Open connections of the server; at the limit it stops accepting. Default: as many as
    /// `RLIMIT_NOFILE` allows, which is raised to its hard limit.
    Server max_connections: Option<usize> = None, count(1, u64::MAX);

    /// Requests whose handlers may run at the same time, in each process. Default 0: no limit. More
    /// are answered at once with 503 and `Retry-After`, before any middleware runs. Idle connections
    /// do not count. A WebSocket, a stream and a handler whose client has gone count until the
    /// handler has ended. All threads of a Rust server count together; each process of Python counts
    /// its own.
    Server limit_concurrency: usize = 0, COUNT;

    /// Idle connections that a worker keeps; when more come, those idle longest are closed.
    /// Default 10 000 (the original: 512).
    Server keepalive_connections: usize = 10_000, COUNT;

    /// How much is logged. Default `info`.
    ///
    /// It counts for the logger that the server sets up itself; `RUST_LOG` is not read.
    RustServer log_level: LogLevel = LogLevel::Info, Kind::Choice(LogLevel::WORDS);

    /// How log lines look. Default `text`.
    RustServer log_fmt: LogFormat = LogFormat::Text, Kind::Choice(LogFormat::WORDS);

    /// Whether each exchange is a line of the log, and how it looks. Default `off`.
    ///
    /// `combined` is the format of Apache and nginx, `text` the same with the duration and the
    /// identifier of the request, `json` an object with all fields.
    ///
    /// The lines have the level `info`. Python writes them to the logger `tremolo.access`, and takes
    /// `True` for `text` and `False` for `off`.
    Server access_log: AccessLog = AccessLog::Off, Kind::Choice(AccessLog::WORDS);

    /// Another format of these lines, with the names of fields in braces: `{client} {status} {url}`.
    /// Default empty: the one that `access_log` names.
    ///
    /// The fields are `bytes`, `client`, `cut`, `duration` (seconds), `duration_ms`, `method`,
    /// `path`, `peer`, `query`, `referer`, `request_id`, `status`, `time`, `timestamp`, `trace_id`,
    /// `url`, `user_agent` and `version`; one without a value is a dash. A brace is written twice.
    Server access_log_format: String = String::new(), Kind::Text;

    /// A file for these lines, in place of the log. Default empty: the log. Lines are written a
    /// second later at most, and at the end; SIGUSR1 opens the file anew. Lines that cannot be
    /// written, because the disk is full for instance, are lost, and counted.
    Server access_log_file: String = String::new(), Kind::Text;

    /// Whether each request has an identifier: in the access log, in the field `X-Request-Id` of the
    /// response, and for handlers. Default false.
    ///
    /// It is the one in `X-Request-Id` of the request, if the peer is one of the `trusted_proxies`
    /// and it is 1 to 128 letters, digits, `-`, `_`, `.`, `=`, `+` or `/`; otherwise a new one of 32
    /// hexadecimal digits.
    Server request_ids: bool = false, Kind::Switch;

    /// Bytes per read and write step. Default 16 384: one TLS record, one page run.
    ///
    /// `write` waits while more than four times this is queued, until less than half of it is.
    Listener buffer_size: usize = 16_384, bytes(1_024, u64::MAX);

    /// Bytes of a request head, request line included. Default 8 192 (nginx 8 KiB, Apache 8 190
    /// bytes per line). More is answered with 431, a request line that alone is longer with 414.
    // Field offsets inside a head are 32-bit numbers.
    Listener client_max_header_size: usize = 8_192, bytes(64, 1 << 24);

    /// Fields of a request head. Default 100 (Apache 100, hyper 100). More is answered with 431.
    Listener client_max_header_fields: usize = 100, count(1, u64::MAX);

    /// Bytes of a request body, chunk framing not counted. Default 2 097 152 (2 MiB; nginx 1 MiB).
    /// More is answered with 413.
    Listener client_max_body_size: u64 = 2 << 20, BYTES;

    /// Pairs of a query string, and of a form that is read whole. Default 100 (the original: 100;
    /// Django 1 000). More is answered with 400.
    Server max_query_fields: usize = 100, count(1, u64::MAX);

    /// Bytes of an unread request body that are discarded to keep a connection. Default 262 144:
    /// about what is in flight anyway. A longer rest closes the connection.
    Listener discard_limit: u64 = 256 << 10, BYTES;

    /// Bytes per second that are read from a connection, bodies and heads alike. Default 0: no
    /// limit. The first four times `buffer_size` bytes after a pause are not delayed.
    Listener upload_rate: u64 = 0, RATE;

    /// Bytes per second that are written to a connection; a response can set its own. Default 0:
    /// no limit (the original has 1 MiB/s in place of backpressure). As for `upload_rate`.
    Listener download_rate: u64 = 0, RATE;

    /// Whether responses are compressed for clients that accept it (`Accept-Encoding`); a handler
    /// can override it. Default false: the length of an encrypted response that holds both a secret
    /// and text of an attacker reveals the secret (BREACH), and often a proxy compresses already.
    Server compression: bool = false, Kind::Switch;

    /// Bytes from which on a body is worth compressing, if its length is known. Default 1 024:
    /// below, one packet holds it anyway (nginx 20, Caddy 512).
    Server compression_min_size: u64 = 1_024, BYTES;

    /// Whether requests can become WebSockets. Default true.
    Listener ws: bool = true, Kind::Switch;

    /// Bytes of a WebSocket message, after decompression. Default 2 097 152 (2 MiB; `websockets`
    /// 1 MiB, `ws` 100 MiB). The answer to more is the close code 1009.
    Listener ws_max_payload_size: usize = 2 << 20, bytes(0, u64::MAX);

    /// Fragments of a WebSocket message. Default 65 536. The answer to more is the close code
    /// 1008.
    Listener ws_max_fragments: usize = 65_536, count(1, u64::MAX);

    /// Origins whose pages may open WebSockets, in a list with commas: `https://example.com`.
    /// Default empty: all. A request without `Origin` does not come from a page, and is allowed.
    Listener ws_allowed_origins: String = String::new(), Kind::List;

    /// Whether WebSocket messages are compressed for clients that offer it (permessage-deflate).
    /// Default true.
    Listener ws_compression: bool = true, Kind::Switch;

    /// Bytes from which on a WebSocket message is worth compressing. Default 1 024: below, one
    /// packet holds it anyway.
    Listener ws_compression_min_size: usize = 1_024, bytes(0, u64::MAX);

    /// Whether a compressed WebSocket message may refer to earlier ones. Default false: similar
    /// messages become shorter, but each connection keeps about 430 KiB of memory.
    Listener ws_context_takeover: bool = false, Kind::Switch;

    /// Silence of a WebSocket client after which it gets a ping. Default: half of `request_timeout`.
    /// 0: it gets none.
    Listener ws_ping_interval: Option<Duration> = None, Kind::Time;

    /// Further silence after a ping, after which the client counts as gone. Default: half of
    /// `request_timeout`.
    Listener ws_ping_timeout: Option<Duration> = None, Kind::Time;

    /// Time for a WebSocket client to answer a close frame. Default 10 s (`websockets` 10 s, `ws`
    /// 30 s).
    Listener ws_close_timeout: Duration = Duration::from_secs(10), Kind::Time;

    /// Buffers queued for one connection. Default 128.
    Listener max_queue_size: usize = 128, count(1, u64::MAX);

    /// Time for a request head to be complete, and between two pieces of a body. Default 30 s.
    Listener request_timeout: Duration = Duration::from_secs(30), Kind::Time;

    /// Time a connection may idle between requests. Default 30 s.
    Listener keepalive_timeout: Duration = Duration::from_secs(30), Kind::Time;

    /// Time without progress while something is queued, after which a slow reader is cut.
    /// Default 30 s.
    Listener write_timeout: Duration = Duration::from_secs(30), Kind::Time;

    /// Time that a handler may take without progress. Default 120 s. Progress is a piece that the
    /// handler reads or writes, or bytes that the client takes. The answer is 500, or 408 if the
    /// client was the slow side; a response that has begun is cut.
    Listener app_handler_timeout: Duration = Duration::from_secs(120), Kind::Time;

    /// Time from a complete request head until its handler has ended and its response is written.
    /// Default 0: no limit. It is a last resort against handlers and clients that make progress and
    /// never end. A handler is cancelled, and the answer is 500; a response that has begun is cut.
    /// It does not count for WebSockets and streams of server-sent events.
    Listener app_request_timeout: Duration = Duration::ZERO, Kind::Time;

    /// Silence of a stream of server-sent events after which a comment is sent. Default 15 s, as in
    /// the WHATWG specification; 0: none is sent. It keeps proxies from closing the stream, and with
    /// `write_timeout` it finds a client that has vanished.
    Listener sse_heartbeat: Duration = Duration::from_secs(15), Kind::Time;

    /// Time that a handler has for its clean-up after its client has gone. Default 30 s. A handler
    /// has it if it notices: by a read or a write that fails, or because it waits for the client to
    /// go. A handler that waits for something else is dropped at once.
    Listener app_close_timeout: Duration = Duration::from_secs(30), Kind::Time;

    /// Whether a client that closes its sending half counts as gone. Default `grace`: after
    /// `half_close_grace`, unless the handler has begun to write. `allow`: never. `close`: at once.
    Listener half_close: HalfClose = HalfClose::Grace, Kind::Choice(HalfClose::WORDS);

    /// Time between such a close and the moment at which the client counts as gone. Default 1 s:
    /// enough for a quick answer to `nc` and to scripts that close early.
    Listener half_close_grace: Duration = Duration::from_secs(1), Kind::Time;

    /// Time in all for which the server goes on reading after an early response. Default 10 s.
    Listener lingering_time: Duration = Duration::from_secs(10), Kind::Time;

    /// Silence after which the lingering ends. Default 2 s.
    Listener lingering_timeout: Duration = Duration::from_secs(2), Kind::Time;

    /// Time in which a client without a request may still send one when the server stops. Default
    /// 500 ms: more than a round trip, so that a request that is on its way is served. Its response
    /// has `Connection: close`. Until then connections that the system completes are accepted too.
    Server drain_grace: Duration = Duration::from_millis(500), Kind::Time;

    /// Time that running requests get when the server stops. Default 30 s. Then they are cancelled,
    /// and the exit code of the program is 1.
    Server shutdown_timeout: Duration = Duration::from_secs(30), Kind::Time;

    /// The `Server` field; empty: none is sent. Default `Tremolo`.
    Server server_name: String = "Tremolo".to_owned(), Kind::Text;

    /// The content type of responses whose handler sets none. Default `text/html; charset=utf-8`,
    /// as in the original: text of clients has to be escaped in it. An API has
    /// `application/json`, or `text/plain; charset=utf-8`.
    Server default_content_type: String = "text/html; charset=utf-8".to_owned(), Kind::Text;

    /// Whether errors are answered with problem details (`application/problem+json`, RFC 9457) for
    /// every client. Default false: in the format that the client accepts, HTML for browsers,
    /// problem details for programs that accept JSON, else text (in Python HTML).
    Server problem_details: bool = false, Kind::Switch;

    /// Whether clients see the text of unexpected errors. Default false.
    Server debug: bool = false, Kind::Switch;
}

const COUNT: Kind = count(0, u64::MAX);
const BYTES: Kind = bytes(0, u64::MAX);
const RATE: Kind = Kind::Number { unit: Unit::BytesPerSecond, least: 0, most: u64::MAX };

const fn count(least: u64, most: u64) -> Kind {
    Kind::Number { unit: Unit::Count, least, most }
}

const fn bytes(least: u64, most: u64) -> Kind {
    Kind::Number { unit: Unit::Bytes, least, most }
}
