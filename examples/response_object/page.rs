//! The page at `/`: the table of the response object, with a link for each row.

use std::fmt::Write;

/// Renders the page.
pub(crate) fn html() -> String {
    let mut body = String::new();
    for (title, rows) in [("Ways to answer", WAYS), ("The head", HEAD), ("Errors", ERRORS)] {
        write_table(&mut body, title, rows);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Response object</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n<h1>Response object</h1>\n<p>{INTRODUCTION}</p>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn write_table(out: &mut String, title: &str, rows: &[Row]) {
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<h2>{title}</h2>\n<table>\n<thead><tr><th>Call</th><th>Head</th><th>What happens</th>\
         <th>Try it</th></tr></thead>\n<tbody>\n"
    );
    for Row { call, head, effect, paths } in rows {
        let head = if *head { "sent" } else { "–" };
        let _ = write!(out, "<tr><td><code>{call}</code></td><td>{head}</td><td>{effect}</td><td>");
        for path in *paths {
            let _ = write!(out, "<a href=\"{path}\">{path}</a> ");
        }
        out.push_str("</td></tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

struct Row {
    call: &'static str,
    /// Whether it sends the head if that was not sent yet.
    head: bool,
    effect: &'static str,
    paths: &'static [&'static str],
}

const WAYS: &[Row] = &[
    Row {
        call: "yield \"Hello\"",
        head: true,
        effect: "Sends a piece at once. The end of the stream ends the body.",
        paths: &["/yield", "/yield-slow"],
    },
    Row {
        call: "return \"Hello\"",
        head: true,
        effect: "Sends head and body in one, with the length.",
        paths: &["/return"],
    },
    Row {
        call: "response.write(\"Hello\")",
        head: true,
        effect: "Like <code>yield</code>; as often as you like.",
        paths: &["/write-open", "/write-end"],
    },
    Row {
        call: "response.write(\"\")",
        head: true,
        effect: "Ends a chunked body: <code>0\\r\\n\\r\\n</code>.",
        paths: &["/write"],
    },
    Row {
        call: "response.write_none()",
        head: true,
        effect: "Sends the head, then does what <code>send_none()</code> does.",
        paths: &["/write-none"],
    },
    Row {
        call: "response.end(\"Hello\")",
        head: true,
        effect: "Like <code>return</code>; once. A second one is an error, in the log.",
        paths: &["/end", "/end-twice"],
    },
    Row {
        call: "response.end(\"\")",
        head: true,
        effect: "Like <code>write(\"\")</code>, then <code>send_none()</code>.",
        paths: &["/end-empty"],
    },
    Row {
        call: "response.send(\"HTTP/1.1 …\")",
        head: false,
        effect: "Sends exactly these bytes, HTTP or not. A browser makes nothing of the latter.",
        paths: &["/send", "/send-binary"],
    },
    Row {
        call: "response.send_none()",
        head: false,
        effect: "The same as <code>close_keepalive()</code>. Here nothing was sent before, so the \
                 browser goes on waiting.",
        paths: &["/send-none"],
    },
    Row {
        call: "response.close_keepalive()",
        head: false,
        effect: "Ends the response. The connection stays if both sides agreed to keep it.",
        paths: &["/close-keepalive"],
    },
    Row {
        call: "response.close()",
        head: false,
        effect: "Closes the connection; here without a byte. So does a handler that returns \
                 nothing and has sent nothing.",
        paths: &["/close", "/none"],
    },
    Row {
        call: "return LeaveOpen",
        head: false,
        effect: "The connection belongs to another task now, which answers 100 ms later.",
        paths: &["/leave-open"],
    },
];

const HEAD: &[Row] = &[
    Row {
        call: "response.set_status((418, \"I'm a teapot\"))",
        head: false,
        effect: "Sets the status, here with a reason of its own.",
        paths: &["/status"],
    },
    Row {
        call: "response.set_header(…), append_header(…)",
        head: false,
        effect: "The first replaces what has the same name, the second adds to it.",
        paths: &["/headers"],
    },
    Row {
        call: "response.set_cookie(…)",
        head: false,
        effect: "One cookie with every attribute, one with none.",
        paths: &["/cookies"],
    },
    Row {
        call: "response.set_content_type(\"text/plain\")",
        head: false,
        effect: "Instead of <code>text/html; charset=utf-8</code>.",
        paths: &["/content-type"],
    },
    Row {
        call: "return StatusCode::…",
        head: true,
        effect: "Statuses that have no body.",
        paths: &["/no-content", "/not-modified"],
    },
];

const ERRORS: &[Row] = &[
    Row {
        call: "response.set_header(…) after write(…)",
        head: false,
        effect: "Too late: an error for the handler, which shows its text.",
        paths: &["/late-header"],
    },
    Row {
        call: "response.set_header(…, \"1\\r\\n…\")",
        head: false,
        effect: "Refused: an error for the handler, a 500 for the client.",
        paths: &["/bad-header"],
    },
    Row {
        call: "return Err(…)",
        head: true,
        effect: "Before the head: an error page.",
        paths: &["/error-before"],
    },
    Row {
        call: "return Err(…) after write(…)",
        head: false,
        effect: "After the head: the body is cut, so that the client can tell.",
        paths: &["/error-after"],
    },
];

const INTRODUCTION: &str = "Each way to answer a request, and a path that does it. The bytes on \
    the wire: <code>curl -i --raw http://…</code>";

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --quiet: #8882; }
body { max-width: 62rem; margin: 2.5rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.8rem; margin-bottom: 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); text-align: left; \
vertical-align: top; }
th { font-weight: 600; border-bottom-width: 2px; }
tbody tr:hover { background: var(--quiet); }
td:last-child { white-space: nowrap; }
td:last-child a { display: block; }
code { font: .9em ui-monospace, monospace; background: var(--quiet); padding: .1em .3em; \
border-radius: .25em; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
thead { display: none; }
tr { display: grid; grid-template-columns: 1fr auto; padding: .4rem 0; \
border-bottom: 1px solid var(--line); }
td { padding: .15rem .3rem; border: 0; }
td:nth-child(2)::before { content: 'head '; }
td:nth-child(n + 3) { grid-column: 1 / -1; }
td:last-child { white-space: normal; }
td:last-child a { display: inline-block; margin-right: .8rem; }
}
";
