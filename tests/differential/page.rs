//! Writes `docs/differential.md`.

use std::fmt::Write as _;

use tremolo_tests::differential::{Reading, Row};

use crate::servers::{OURS, Server};

/// The page, from what each server makes of each row: by server, then by row.
pub(crate) fn write(servers: &[Server], rows: &[Row], readings: &[Vec<Reading>]) -> String {
    let mut page = PREFACE.to_owned();
    let others: Vec<_> =
        servers.iter().zip(readings).filter(|(server, _)| !OURS.contains(&server.name)).collect();
    let names: Vec<_> =
        others.iter().map(|(server, _)| format!("{} {}", server.name, server.version)).collect();
    let _ = write!(page, "Servers: {}.\n\n", names.join(", "));
    page.push_str("| input | Tremolo |");
    for (server, _) in &others {
        let _ = write!(page, " {} |", server.name);
    }
    page.push_str(" RFC | why |\n| --- | --- |");
    page.push_str(&" --- |".repeat(others.len() + 2));
    page.push('\n');
    for (at, row) in rows.iter().enumerate() {
        let ours = &readings[0][at];
        if others.iter().all(|(_, readings)| readings[at].agrees_with(ours)) {
            continue;
        }
        let _ = write!(page, "| `{}` | {ours} |", row.written);
        for (_, readings) in &others {
            let reading = &readings[at];
            if reading.is_like(ours) {
                page.push_str(" = |");
            } else {
                let _ = write!(page, " {reading} |");
            }
        }
        let _ = writeln!(page, " {} | {} |", row.sections, row.reason);
    }
    page
}

const PREFACE: &str = "# Requests that servers read differently

Made by `cargo xtask differential` from `tests/cases/differential.txt`, with servers in their default
configuration. An ordinary test sends each input to both fronts. The verb also sends generated
requests to all servers: where one of them reads a request differently from Tremolo, a row of this
table is about it.

Behind each input the client sends `DELETE /next` with `Connection: close`, in the same write. A cell
is what the server makes of both:

- *takes*, *takes 3 bytes*: the application gets the request, with a body of so many bytes;
- *next*: it gets the request behind the input, so that the server has found the end of the input;
- *400*: an error response with this status, and the end of the connection;
- *closes*: the connection ends after the response; *closes silently*: without a response;
- *waits*: the server waits for more; *own 204*: a response that is not from the application;
- `=`: as Tremolo, perhaps with another status of the same class.

Inputs that all servers read as Tremolo are left out. nginx passes requests on to an application that reports what it gets. `{x*3}` stands for `xxx`. A
section without a name is one of RFC 9112; \"semantics\" stands for RFC 9110.

";
