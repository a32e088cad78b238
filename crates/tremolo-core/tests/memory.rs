//! `docs/memory.md` is made of `memory_bound`, with the defaults.
//!
//! `RECORD=1 cargo test -p tremolo-core --test memory` writes it anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use tremolo_core::form::{FileLimits, FormLimits};
use tremolo_core::{AccessLog, Config, MemoryState, memory_bound};

#[test]
fn the_page_has_the_bounds_of_the_defaults() {
    let mut text = String::from(BEFORE);
    text.push_str("\n| a connection | takes at most |\n| --- | ---: |\n");
    for (about, bound) in rows() {
        writeln!(text, "| {about} | {} |", size(bound)).unwrap();
    }
    text.push_str(AFTER);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/memory.md");
    if env::var_os("RECORD").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/memory.md is not of these bounds; RECORD=1 writes it anew");
}

fn rows() -> Vec<(&'static str, u64)> {
    let config = Config::default();
    let of = |state| memory_bound(&config, state);
    let logged = Config { access_log: AccessLog::Text, ..Config::default() };
    let coded = Config { compression: true, ..Config::default() };
    let kept = Config { ws_context_takeover: true, ..Config::default() };
    let response = MemoryState::Response { piece: 16 << 10 };
    let socket = MemoryState::CompressedWebSocket { sent: 16 << 10, fragments: false };
    let fragments = MemoryState::CompressedWebSocket { sent: 16 << 10, fragments: true };
    vec![
        ("waits for a request", of(MemoryState::Idle)),
        ("receives a request head, or its handler works", of(MemoryState::Head)),
        ("receives a body that is read in pieces", of(MemoryState::Body)),
        ("the same, with `decompress`", of(MemoryState::DecodedBody)),
        ("receives a body that is read whole", of(MemoryState::WholeBody)),
        ("receives a form that is read whole", of(MemoryState::Form(FormLimits::default()))),
        ("receives files in steps", of(MemoryState::Upload(FileLimits::default()))),
        ("sends a response or events in pieces of 16 KiB to a slow reader", of(response)),
        ("the same, with `access_log`", memory_bound(&logged, response)),
        ("the same, with `compression`", memory_bound(&coded, response)),
        ("sends a file", of(MemoryState::File)),
        (
            "is a WebSocket without compression that sends messages of 16 KiB",
            of(MemoryState::WebSocket { sent: 16 << 10 }),
        ),
        ("the same, compressed", of(socket)),
        ("the same, compressed, with messages that are sent in fragments", of(fragments)),
        ("the same, compressed, with `ws_context_takeover`", memory_bound(&kept, socket)),
        ("is in its TLS handshake", of(MemoryState::TlsHandshake)),
        ("is encrypted: in addition to one of these rows", of(MemoryState::Tls)),
    ]
}

fn size(bytes: u64) -> String {
    let kibibytes = bytes.div_ceil(1 << 10);
    if kibibytes < 10_000 {
        return format!("{kibibytes} KiB");
    }
    format!("{} MiB", kibibytes.div_ceil(1 << 10))
}

const BEFORE: &str = "\
# Memory

How much memory a server allocates for one connection at most, whatever its peer sends or does not
read. The table has the default configuration. For another one ask `memory_bound`, which computes
every row from it:

```rust
use tremolo::Config;
use tremolo::config::{MemoryState, memory_bound};

let config = Config::from_env()?;
let each = memory_bound(&config, MemoryState::WholeBody);
```

Times `max_connections` it is what an attack can take. A connection that does two of these things at
once, such as to read a body while it sends a response, takes at most the sum.
";

const AFTER: &str = "
What is not in these numbers:

- What the application allocates: the variables of its handlers, what they keep of a body or a
  message, values of JSON, subscribers of a broadcast.
- The buffers of the kernel, which belong to no process: `net.ipv4.tcp_rmem` and `tcp_wmem`.
- The pools of a worker, which do not grow with its connections: at most 32 buffers of each kind, and
  four encoders and decoders of each coding.
- While a buffer grows, the allocator may need the old one and the new one. A worker does that for
  one connection at a time.
- In Python: the objects of a request, its response and its task, about 10 KiB while a handler runs,
  and the pages that the allocators of Python and of the system keep.

Which option decides what:

| option | takes part in |
| --- | --- |
| `buffer_size` | each buffer: input has at most 5¼ times as much, a queue 32 times |
| `client_max_header_size`, `client_max_header_fields` | heads and trailers; a head of more than 56 KiB makes the input buffer longer |
| `client_max_body_size` | bodies that are read whole (twice as much), forms (six times), steps of uploads (twice) |
| `ws_max_payload_size` | a message that arrives (twice as much) |
| `max_queue_size` | the list of long pieces in a queue |
| `limit_concurrency` | how many handlers run at the same time |
| `max_connections`, `keepalive_connections`, `tls_max_handshakes` | how many connections there are |

A route or handler that sets `buffer_size` or a limit of bodies of its own has the numbers that belong
to it: change the configuration that `memory_bound` gets in the same way.

## When there is no more memory

An allocation that fails ends the process: Rust programs cannot go on after one, and neither does this
server try to. What it does instead is to ask for no memory that a peer only announces. A length in a
`Content-Length`, in a chunk or in the head of a frame allocates nothing: it is compared with the limit
first (413, 1009), and memory grows with what has arrived. What is decompressed grows with what comes
out, up to the limit of the content. So the rows above hold for every peer, and a limit of the process
above them and above what the application needs (`ulimit -v`, a control group) is never reached.
`tests/memory/pressure.rs` sets such a limit, of a megabyte for each of 64 connections, and lets all of
them announce and compress more than that at the same time: each is refused, and the server serves on.

This page is made of `memory_bound` by a test (`crates/tremolo-core/tests/memory.rs`). Another one,
`tests/memory`, brings a hundred connections into each of these states, with peers that want as
much as they can get, and compares what the Rust front has allocated, and the resident memory of the
Python front.
";
