//! The inputs of the engine.
//!
//! Each drives `tremolo-core` through its public API, like the fronts.

mod exchange;
mod form;
mod messages;
mod routes;
mod websocket;

use std::process::ExitCode;

use tremolo_counts::{Input, run};

fn main() -> ExitCode {
    run(INPUTS)
}

const INPUTS: &[Input] = &[
    Input {
        name: "short-get",
        about: "`GET` with one field, answered with 12 bytes",
        requests: 1,
        prepare: exchange::short_get,
    },
    Input {
        name: "browser-get",
        about: "`GET` as a browser sends it, with 15 fields",
        requests: 1,
        prepare: exchange::browser_get,
    },
    Input {
        name: "post-1k",
        about: "`POST` with a body of 1 KiB by length, read to its end",
        requests: 1,
        prepare: exchange::post,
    },
    Input {
        name: "chunked-body",
        about: "`POST` with a body of 16 chunks of 1 KiB, read to its end",
        requests: 1,
        prepare: exchange::chunked_body,
    },
    Input {
        name: "reply-head",
        about: "`short-get` with a status and five fields of the application's own",
        requests: 1,
        prepare: exchange::reply_head,
    },
    Input {
        name: "yield-10",
        about: "`short-get` answered with ten pieces, chunked",
        requests: 1,
        prepare: exchange::yield_pieces,
    },
    Input {
        name: "pipelined-16",
        about: "one of 16 `short-get` that come in one read",
        requests: exchange::PIPELINED,
        prepare: exchange::pipelined,
    },
    Input {
        name: "ws-echo",
        about: "a text of 64 bytes on a WebSocket, echoed",
        requests: 1,
        prepare: websocket::echo,
    },
    Input {
        name: "ws-pipelined-16",
        about: "one of 16 such texts that come in one read",
        requests: exchange::PIPELINED,
        prepare: websocket::pipelined,
    },
    Input {
        name: "ws-echo-64k",
        about: "a text of 64 KiB on a WebSocket, echoed",
        requests: 1,
        prepare: websocket::long_echo,
    },
    Input {
        name: "ws-broadcast",
        about: "a prepared text of 64 bytes, sent on a WebSocket",
        requests: 1,
        prepare: websocket::broadcast,
    },
    Input {
        name: "multipart-part",
        about: "one part of a form: its head, and 4 KiB in one piece",
        requests: 1,
        prepare: form::part,
    },
    Input {
        name: "route-exact",
        about: "one of 10,000 exact routes is found",
        requests: 1,
        prepare: routes::exact,
    },
    Input {
        name: "route-pattern",
        about: "one of 10,000 patterns is found, with its parameter",
        requests: 1,
        prepare: routes::pattern,
    },
    Input {
        name: "route-parameter",
        about: "one of 10,000 paths with a parameter is found",
        requests: 1,
        prepare: routes::parameter,
    },
    Input {
        name: "route-tenant",
        about: "one of 10,000 paths is found that begin with a parameter",
        requests: 1,
        prepare: routes::tenant,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_keeps_its_state() {
        for input in INPUTS {
            let mut round = (input.prepare)();
            let first = round();
            assert!(first > 0, "{}: nothing came out", input.name);
            assert!((1..100).all(|_| round() == first), "{}: something else came out", input.name);
        }
    }
}
