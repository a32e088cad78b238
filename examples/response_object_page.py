"""The page at `/`: the table of the response object, with a link for each row."""

from typing import NamedTuple


def html() -> str:
    """Renders the page."""
    tables = (("Ways to answer", WAYS), ("The head", HEAD), ("Errors", ERRORS))
    body = "".join(_table(title, rows) for title, rows in tables)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Response object</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>Response object</h1>\n<p>{INTRODUCTION}</p>\n{body}"
        "</main>\n</body>\n</html>\n"
    )


class Row(NamedTuple):
    """A way to respond: the code, whether it sends the head, the effect, and the paths."""

    call: str
    head: bool
    effect: str
    paths: tuple[str, ...]


def _table(title: str, rows: tuple[Row, ...]) -> str:
    return (
        f"<h2>{title}</h2>\n<table>\n<thead><tr><th>Call</th><th>Head</th>"
        "<th>What happens</th><th>Try it</th></tr></thead>\n<tbody>\n"
        f"{''.join(map(_row, rows))}</tbody>\n</table>\n"
    )


def _row(row: Row) -> str:
    links = "".join(f'<a href="{path}">{path}</a> ' for path in row.paths)
    head = "sent" if row.head else "\N{EN DASH}"
    return (
        f"<tr><td><code>{row.call}</code></td><td>{head}</td><td>{row.effect}</td>"
        f"<td>{links}</td></tr>\n"
    )


WAYS = (
    Row(
        'yield b"Hello"',
        True,
        "Sends a piece at once. The end of the stream ends the body.",
        ("/yield", "/yield-slow"),
    ),
    Row(
        'return "Hello"',
        True,
        "Sends head and body in one, with the length.",
        ("/return",),
    ),
    Row(
        'await response.write(b"Hello")',
        True,
        "Like <code>yield</code>; as often as you like.",
        ("/write-open", "/write-end"),
    ),
    Row(
        'await response.write(b"")',
        True,
        "Ends a chunked body: <code>0\\r\\n\\r\\n</code>.",
        ("/write",),
    ),
    Row(
        "await response.write(None)",
        True,
        "Sends the head, then does what <code>send_none()</code> does.",
        ("/write-none",),
    ),
    Row(
        'await response.end(b"Hello")',
        True,
        "Like <code>return</code>; once. A second one is an error, in the log.",
        ("/end", "/end-twice"),
    ),
    Row(
        "await response.end()",
        True,
        'Like <code>write(b"")</code>, then <code>send(None)</code>.',
        ("/end-empty",),
    ),
    Row(
        'await response.send(b"HTTP/1.1 …")',
        False,
        "Sends exactly these bytes, HTTP or not. A browser makes nothing of the latter.",
        ("/send", "/send-binary"),
    ),
    Row(
        "await response.send(None)",
        False,
        "The same as <code>close(keepalive=True)</code>. Here nothing was sent "
        "before, so the browser goes on waiting.",
        ("/send-none",),
    ),
    Row(
        "response.close(keepalive=True)",
        False,
        "Ends the response. The connection stays if both sides agreed to keep it.",
        ("/close-keepalive",),
    ),
    Row(
        "response.close()",
        False,
        "Closes the connection; here without a byte. So does a handler that returns "
        "nothing and has sent nothing.",
        ("/close", "/none"),
    ),
    Row(
        "return True",
        False,
        "The connection belongs to another task now, which answers 100 ms later.",
        ("/leave-open",),
    ),
)

HEAD = (
    Row(
        'response.set_status(418, "I\'m a teapot")',
        False,
        "Sets the status, here with a reason of its own.",
        ("/status",),
    ),
    Row(
        "response.set_header(…), append_header(…)",
        False,
        "The first replaces what has the same name, the second adds to it.",
        ("/headers",),
    ),
    Row(
        "response.set_cookie(…)",
        False,
        "One cookie with every attribute, one with none.",
        ("/cookies",),
    ),
    Row(
        'response.set_content_type("text/plain")',
        False,
        "Instead of <code>text/html; charset=utf-8</code>.",
        ("/content-type",),
    ),
    Row(
        "response.set_status(204)",
        True,
        "Statuses that have no body.",
        ("/no-content", "/not-modified"),
    ),
)

ERRORS = (
    Row(
        "response.set_header(…) after write(…)",
        False,
        "Too late: an error for the handler, which shows its text.",
        ("/late-header",),
    ),
    Row(
        'response.set_header(…, "1\\r\\n…")',
        False,
        "Refused: an error for the handler, a 500 for the client.",
        ("/bad-header",),
    ),
    Row(
        "raise …",
        True,
        "Before the head: an error page.",
        ("/error-before",),
    ),
    Row(
        "raise … after write(…)",
        False,
        "After the head: the body is cut, so that the client can tell.",
        ("/error-after",),
    ),
)

INTRODUCTION = (
    "Each way to answer a request, and a path that does it. The bytes on the wire: "
    "<code>curl -i --raw http://…</code>"
)

STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #8882; }
body { max-width: 62rem; margin: 2.5rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, \
sans-serif; }
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
"""
