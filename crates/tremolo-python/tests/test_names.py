"""What programs and extensions import from the original is there, and does the same."""

import asyncio
import importlib
import os
import pickle
import subprocess
import sys

import pytest
import tremolo
from tremolo import utils
from tremolo.lib.contexts import ConnectionContext, Context, RequestContext, WorkerContext
from tremolo.lib.http_header import Headers, HTTPHeader


def test_everything_is_there_after_a_bare_import():
    program = """
import tremolo
assert tremolo.Tremolo is tremolo.Application
assert tremolo.Tremolo.__name__ == "Tremolo"
assert tremolo.__version__.count(".") == 2
assert tremolo.exceptions.NotFound.code == 404
assert tremolo.utils.html_escape("<") == "&lt;"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_a_class_travels_by_its_name():
    assert pickle.loads(pickle.dumps(tremolo.Application)) is tremolo.Application


@pytest.mark.parametrize(
    ("module", "name", "target"),
    [
        ("request", "Request", "tremolo._tremolo.Request"),
        ("http_request", "HTTPRequest", "tremolo._tremolo.Request"),
        ("response", "Response", "tremolo._tremolo.Response"),
        ("http_response", "HTTPResponse", "tremolo._tremolo.Response"),
        ("websocket", "WebSocket", "tremolo._tremolo.WebSocket"),
        ("http_protocol", "HTTPProtocol", "tremolo.lib.connection.Connection"),
        ("http_exceptions", "NotFound", "tremolo.exceptions.NotFound"),
        ("http_exceptions", "WebSocketClientClosed", "tremolo.exceptions.WebSocketClientClosed"),
    ],
)
def test_types_have_their_other_names(module, name, target):
    home, _, attribute = target.rpartition(".")
    found = getattr(importlib.import_module(f"tremolo.lib.{module}"), name)
    assert found is getattr(importlib.import_module(home), attribute)


def test_utils_names_what_it_has():
    assert set(utils.__all__) <= set(vars(utils))
    assert {"html_escape", "memory_usage", "parse_fields", "to_sync"} <= set(utils.__all__)


def test_escapes_text_and_bytes_alike():
    text = "<a href=\"x\" title='y'>&amp;\u00e9"
    escaped = "&lt;a href=&quot;x&quot; title=&#x27;y&#x27;&gt;&amp;amp;\u00e9"
    assert utils.html_escape(text) == escaped
    assert utils.html_escape(text.encode("utf-8")) == escaped.encode("utf-8")


def test_knows_the_memory_of_processes():
    own = utils.memory_usage()
    if not os.path.exists("/proc/self/statm"):
        assert own == -1
        return
    assert 1_000 < own < 10_000_000
    assert utils.memory_usage(os.getpid()) > 1_000
    assert utils.memory_usage(2**30) == -1


def test_dates_have_their_form():
    assert len(utils.server_date()) == len(b"Sun, 06 Nov 1994 08:49:37 GMT")
    assert utils.server_date().endswith(b" GMT")
    assert len(utils.log_date()) == len("[1994-11-06 08:49:37]")


@pytest.mark.parametrize(
    ("data", "options", "fields"),
    [
        (b"", {}, []),
        (b"a=1; B = 2 ;c", {}, [(b"a", b"1"), (b"b", b"2"), (b"c", b"")]),
        (b'a="x y";b=x%20y;=z;', {}, [(b"a", b"x y"), (b"b", b"x y")]),
        (b"a, B ,c", {"separator": b",", "split": None}, [b"a", b"B", b"c"]),
        (b"a:1&b:2", {"separator": b"&", "split": b":"}, [(b"a", b"1"), (b"b", b"2")]),
        (b"a;b;c", {"max_fields": 2}, [(b"a", b""), (b"b", b"")]),
        (b"a;b;c", {"max_fields": 0}, []),
    ],
)
def test_parses_fields_in_their_order(data, options, fields):
    assert list(utils.parse_fields(data, **options)) == fields


def test_a_separator_is_one_byte():
    with pytest.raises(ValueError, match="one byte"):
        list(utils.parse_fields(b"a", separator=b"; "))


@pytest.mark.parametrize(
    ("string", "base", "number"),
    [(b"0", 10, 0), (b"42", 10, 42), (bytearray(b"fF"), 16, 255), (b"9" * 16, 10, 10**16 - 1)],
)
def test_parses_numbers(string, base, number):
    assert utils.parse_int(string, base) == number


@pytest.mark.parametrize(
    "string", [b"", b"+1", b"-1", b" 1", b"1_0", b"01", b"00", b"x", b"9" * 17, "1", 1, None]
)
def test_refuses_what_is_no_number(string):
    with pytest.raises(ValueError, match=r"not a number|invalid literal"):
        utils.parse_int(string)


def test_inspects_functions(tmp_path):
    async def coroutine(a, b=2, *rest, c=3):
        pass

    async def generator():
        yield

    assert utils.is_async(coroutine)
    assert utils.is_async(generator)
    assert not utils.is_async(lambda: None)
    assert utils.getoptions(coroutine) == {"a": None, "b": 2}
    path = tmp_path / "file"
    path.write_bytes(b"12")
    first = utils.file_signature(path)
    assert first[1] == 2
    path.write_bytes(b"123")
    assert utils.file_signature(path) != first


class Slow:
    attribute = 1

    def plain(self):
        return 2

    async def later(self, value):
        await asyncio.sleep(0)
        return value

    async def pieces(self):
        yield 1
        yield 2


def test_a_thread_waits_for_coroutines():
    async def main():
        loop = asyncio.get_running_loop()
        slow = Slow()
        waiting = utils.to_sync(slow, loop)

        def in_thread():
            return waiting.attribute, waiting.plain(), waiting.later(3), [*waiting.pieces()]

        assert utils.to_sync is utils.AsyncToSyncWrapper
        assert waiting.__wrapped__ is slow
        assert await loop.run_in_executor(None, in_thread) == (1, 2, 3, [1, 2])
        # Inside the loop it would wait for itself.
        with pytest.raises(RuntimeError, match="inside the loop"):
            waiting.later(3)

    asyncio.run(main())


def test_lists_come_in_the_order_of_the_wire():
    headers = Headers([(b"a", b"1, B ,"), (b"a", b"3"), (b"b", b'x="1"; Y=2')])
    assert headers[b"a"] == [b"1, B ,", b"3"]
    assert headers.getlist(b"a") == headers.getlist("A") == [b"1", b"B", b"3"]
    assert headers.getlist(b"b", b";", b"=") == [(b"x", b"1"), (b"y", b"2")]
    assert headers.getlist(b"c") == []


def test_reads_the_head_of_a_request():
    header = HTTPHeader().parse(b"GET /a b HTTP/1.0\r\nHost: h\r\nX-A:1\r\nx-a: 2 \r\n\r\nrest: x")
    assert header.is_valid
    assert header.is_request
    assert header.line == b"GET /a b HTTP/1.0"
    assert (header.method, header.url, header.version) == (b"GET", b"/a b", b"1.0")
    assert header.headers == {b"host": [b"h"], b"x-a": [b"1", b"2"]}
    assert header.getheaders() == [(b"host", b"h"), (b"x-a", b"1"), (b"x-a", b"2")]
    assert header.gethost() == b"h"
    assert header.parse(b"").headers == {}
    assert header.parse(b"GET / HTTP/1.0\r\n\r\n") is not header


def test_reads_the_head_of_a_response():
    header = HTTPHeader().parse(bytearray(b"HTTP/1.1 200 OK\r\nA: 1\r\n"))
    assert not header.is_request
    assert not header.is_valid
    assert header.headers.getlist("A") == [b"1"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\n 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nA: 1\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: 1\r\n" * 100 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"1" * 9000 + b"\r\n\r\n",
        b"nothing",
    ],
)
def test_says_which_heads_are_not_valid(head):
    assert HTTPHeader().parse(head).is_valid is False


@pytest.mark.parametrize("kind", [Context, WorkerContext, ConnectionContext])
def test_contexts_are_attributes_and_items(kind):
    context = kind()
    context.a = 1
    context["b"] = 2
    assert (context["a"], context.b, "a" in context, "c" in context) == (1, 2, True, False)
    assert (context.get("a"), context.get("c"), context.get("c", 3)) == (1, None, 3)
    context.update({"c": 4}, d=5)
    assert (context.c, context.d) == (4, 5)
    del context["c"], context.d
    with pytest.raises(KeyError):
        context["c"]
    with pytest.raises(AttributeError):
        _ = context.c
    assert "'a': 1" in repr(context)


def test_the_options_of_a_request_stay():
    context = RequestContext(None, {"a": 1})
    assert context.options == {"a": 1}
    with pytest.raises(AttributeError):
        context.options = {}
    context.session = "s"
    assert context["session"] == "s"
