//! The tables of `docs/proxies.md`, from the files that the tests have written.
//!
//! A file has the name of its front and its proxy. Its first line has the proxy and its version, its
//! last one how often connections were used; the others have a family and three numbers.

use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: &str = "# Behind proxies: request smuggling

Made by `cargo xtask proxies`. A proxy that keeps its connections to the server sends the requests of
many clients on one of them. If proxy and server divide the bytes of a client differently into
requests, that client can put a request before the one of another client, or get its response
(RFC 9112 section 11.2). The verb sends messages that invite this, in families, through proxies of
Debian that stand in front of both fronts, with a configuration as in `tests/proxies/config`.

Each message is sent alone, and two requests of other clients follow on the same connection to the
server. Then all are sent again, from several clients at once, among three times as many requests of
other clients. What the verb requires of every message:

- each request that reaches a handler has a field that only the proxy can add, once;
- the server sends no response before the request that it belongs to;
- each response repeats the mark in the target of its request, and reaches the client that sent it;
- the server has the body of each other client as it was sent.

A cell has three numbers of messages: those that the proxy refused, or gave up; those that reached the
server, which responded with an error; and those that were answered. A message that is answered was
divided by both in the same way: as one request, or as two that follow each other.

The last row counts requests of other clients that got an error of the proxy, or no response. The
server had closed the connection when the proxy used it, for instance behind a response of which the
handler has sent the bytes itself (`Response::send`), without `Connection: close`.

Three things that the proxies do, and what follows from them:

- Varnish, configured for WebSockets as its documentation shows, passes everything behind a request
  with `Upgrade: websocket` on as it comes (`pipe`), whatever the response is. So Tremolo closes the
  connection of a request for a WebSocket that it does not accept.
- Caddy sends no body to a server that has responded before its `100 Continue`, and uses the
  connection for the next request. So Tremolo closes it, also if a handler has sent the bytes of the
  response itself (`Response::send`).
- nginx 1.22 takes an interim response of the server (103) for the final one, so that the client waits
  until `proxy_read_timeout`: an application behind it should not send any.
";

/// The page.
///
/// # Errors
///
/// That a file is not as the tests write it.
pub(super) fn make(files: &[(String, String)]) -> Result<String, String> {
    let mut fronts: BTreeMap<&str, Vec<Column<'_>>> = BTreeMap::new();
    for (name, text) in files {
        let front = name.split(' ').next().unwrap_or_default();
        let column = read(text).ok_or_else(|| format!("{name}: not understood: {text}"))?;
        fronts.entry(front).or_default().push(column);
    }
    let mut page = HEAD.to_owned();
    for (front, mut columns) in fronts {
        columns.sort_by_key(|column| column.proxy.to_lowercase());
        let _ = write!(page, "\n## {front}\n\n{}", table(&columns));
    }
    Ok(page)
}

struct Column<'a> {
    proxy: &'a str,
    version: &'a str,
    cells: Vec<(&'a str, [usize; 3])>,
}

/// The row of a file that is no family.
const USE: &str = "requests";

fn read(text: &str) -> Option<Column<'_>> {
    let mut lines = text.lines();
    let (proxy, version) = lines.next()?.split_once('\t')?;
    let cell = |line: &'_ str| {
        let mut words = line.split('\t').skip(1).map(str::parse);
        Some([words.next()?.ok()?, words.next()?.ok()?, words.next()?.ok()?])
    };
    let cells = lines.map(|line| Some((line.split('\t').next()?, cell(line)?)));
    Some(Column { proxy, version, cells: cells.collect::<Option<_>>()? })
}

fn table(columns: &[Column<'_>]) -> String {
    let heads = columns.iter().map(|column| format!("{} {} | ", column.proxy, column.version));
    let mut text = format!("| | {}\n| --- |", heads.collect::<String>().trim_end());
    text += &" --- |".repeat(columns.len());
    let families = columns.first().map_or(&[][..], |column| &column.cells);
    for (family, _) in families.iter().filter(|(family, _)| *family != USE) {
        let cells = columns.iter().map(|column| {
            let [by_proxy, by_server, answered] = column.of(family);
            format!("{by_proxy} · {by_server} · {answered} | ")
        });
        let _ = write!(text, "\n| {family} | {}", cells.collect::<String>().trim_end());
    }
    let used = columns.iter().map(|column| {
        let [requests, connections, _] = column.of(USE);
        format!("{requests} / {connections} | ")
    });
    let _ = write!(text, "\n| requests / connections | {}", used.collect::<String>().trim_end());
    let disturbed = columns.iter().map(|column| format!("{} | ", column.of(USE)[2]));
    let disturbed = disturbed.collect::<String>();
    let _ =
        writeln!(text, "\n| other clients with an error of the proxy | {}", disturbed.trim_end());
    text
}

impl Column<'_> {
    fn of(&self, family: &str) -> [usize; 3] {
        let cell = self.cells.iter().find(|(name, _)| *name == family);
        cell.map_or([0; 3], |(_, counts)| *counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_front_has_a_table_with_a_column_for_each_proxy() {
        let text = |proxy| format!("{proxy}\t1.2\nCL.TE\t1\t2\t3\nrequests\t40\t5\t0\n");
        let files = [("Rust b", text("b")), ("Rust a", text("a")), ("Python a", text("a"))];
        let page = make(&files.map(|(name, text)| (name.to_owned(), text))).unwrap();
        let (_, tables) = page.split_once("## Python\n\n").unwrap();
        let python = "| | a 1.2 |\n| --- | --- |\n| CL.TE | 1 · 2 · 3 |\n\
                      | requests / connections | 40 / 5 |\n\
                      | other clients with an error of the proxy | 0 |\n";
        assert!(tables.starts_with(python), "{tables}");
        assert!(tables.contains("## Rust\n\n| | a 1.2 | b 1.2 |\n"), "{tables}");
        assert!(make(&[("Rust a".to_owned(), "a\n".to_owned())]).is_err());
    }
}
