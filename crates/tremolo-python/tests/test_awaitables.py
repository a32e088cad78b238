"""What is awaited raises at the await, and never at the call."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import awaitables
import pytest
import tremolo
from conftest import LOOPS, Program, reset, rest_of, until
from frames import Client

AWAITABLE = re.compile(r"(Coroutine|Awaitable|Async\w+|BodyStream)\b")

#: Methods that only this package calls, inside of a coroutine of its own.
INTERNAL = {"Request._before_head", "BlockingIo.finish"}

#: What does not concern an exchange: it waits for the server, and takes no arguments.
OF_THE_SERVER = {"Request.draining"}


class Awaitables(Program):
    script = "awaitables.py"


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Awaitables(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never awaited" not in log, log


def in_rust():
    """Methods whose stub has a result that is awaited, or iterated over."""
    stub = Path(tremolo.__file__).with_name("_tremolo.pyi")
    for kind in ast.parse(stub.read_text()).body:
        for method in kind.body if isinstance(kind, ast.ClassDef) else ():
            if not isinstance(method, ast.FunctionDef) or method.returns is None:
                continue
            returns = ast.unparse(method.returns)
            name = f"{kind.name}.{method.name}"
            if AWAITABLE.match(returns) and name not in ("Request.stream", "BodyStream.__aiter__"):
                yield name


def in_python():
    """Functions of the package by name, with what they say that they give."""
    for info in pkgutil.walk_packages(tremolo.__path__, "tremolo."):
        module = importlib.import_module(info.name)
        members = [member for member in vars(module).values() if inspect.isclass(member)]
        for member in [module, *members]:
            if getattr(member, "__module__", member.__name__) != module.__name__:
                continue
            for name, function in vars(member).items():
                if inspect.isfunction(function) and function.__module__ == module.__name__:
                    returns = str(function.__annotations__.get("return", ""))
                    yield f"{member.__name__}.{name}", function, returns


def test_every_awaitable_method_is_tried():
    found = set(in_rust()) - INTERNAL - OF_THE_SERVER
    assert len(found) > 10
    assert found == set(awaitables.GOOD_CALLS)
    # These refuse no arguments.
    unrefused = {"BodyStream.aclose", "SSE.open", "SSE.close", "WebSocket.__anext__"}
    assert found - unrefused == set(awaitables.CALLS)


def test_every_awaitable_function_of_the_package_is_a_coroutine_function():
    # These are called by the engine, or by coroutines of the package; none is an application's.
    private = re.compile(r"(^|\.)_|^Failures\.|^Support\.")
    wrong = [
        name
        for name, function, returns in in_python()
        if AWAITABLE.search(returns)
        and not private.search(name.removeprefix("tremolo."))
        and not returns.startswith(("Callable", "asyncio.Task"))
        and not inspect.iscoroutinefunction(function)
        and not inspect.isasyncgenfunction(function)
    ]
    assert wrong == []


def outcomes(text):
    return [tuple(line.split(" ")) for line in text.splitlines()]


def test_what_is_wrong_with_a_call_is_raised_by_the_await(server):
    seen = outcomes(server.text("/bad", method="POST", body=b""))
    seen += outcomes(Client(server.address, "/bad").message())
    assert {name for name, _ in seen} == set(awaitables.CALLS)
    # Of a request without a body a plain read succeeds, and so does `handle_exception`'s check.
    wrong = [(name, raised) for name, raised in seen if raised == "nothing"]
    assert {name for name, _ in wrong} <= {"Request.body", "Request.read", "Request.recv"}


def test_in_a_thread_it_is_raised_by_the_call(server):
    seen = outcomes(server.text("/bad-in-a-thread", method="POST", body=b""))
    seen += outcomes(Client(server.address, "/bad-in-a-thread").message())
    assert {name for name, _ in seen} == set(awaitables.CALLS) - {"BodyStream.__anext__"}
    assert server.text("/hello") == "Hello World!"


def test_of_an_exchange_that_is_over_each_raises_by_its_await(server):
    assert server.text("/keep") == "kept"
    assert Client(server.address, "/keep").close() == (1000, "")
    seen = dict(outcomes(server.text("/over")))
    assert set(seen) == set(awaitables.GOOD_CALLS)
    harmless = {name for name, raised in seen.items() if raised == "nothing"}
    assert harmless <= {
        "BodyStream.aclose",
        "Response.handle_exception",
        "SSE.close",
        "WebSocket.close",
    }


CHUNKED = "POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", ["/thread-stream", "/anext-default", "/thread-files"])
def test_no_body_ends_the_process(server, path):
    """`anext` with a default ends the process if `__anext__` raises at the call (CPython 3.11)."""
    head = (CHUNKED % path).encode()
    multipart = b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    if path == "/thread-files":
        head = head.removesuffix(b"\r\n") + multipart
    for body, status in [(b"ZZ\r\n", b"400"), (b"400\r\n" + b"x" * 1024 + b"\r\n", b"413")]:
        with server.connect() as client:
            client.sendall(head + body)
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 " + status)
        assert server.text("/hello") == "Hello World!"
    # The body is announced too long.
    assert server.get(path, method="POST", body=b"x" * 2000).status in (413, 415)
    # The client vanishes.
    client = server.connect()
    client.sendall(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n", 1))
    assert client.recv(1 << 16).startswith(b"HTTP/1.1 100 ")
    ended = int(server.text("/ended"))
    reset(client)
    until(lambda: int(server.text("/ended")) == ended + 1)
    assert server.process.poll() is None


def test_gather_gets_what_an_operation_raises(server):
    assert server.text("/gather") == "whole"
    assert server.text("/gathered") == "None TypeError"


def test_what_is_not_awaited_does_nothing_and_warns(server):
    names = ("Response.write", "Response.end", "Request.read", "Response.write")
    warned = ",".join(f"coroutine '{name}' was never awaited" for name in names)
    assert server.text("/not-awaited") == warned


def test_operations_begin_with_their_await(server):
    assert server.text("/later") == "first,second"


def test_an_operation_is_awaited_once(server):
    assert server.text("/twice") == "once,it has been awaited already"


def test_what_is_thrown_into_an_operation_keeps_it_from_beginning(server):
    assert server.text("/thrown") == "KeyError('thrown'),cancelled"


def test_a_client_that_closes_reads_the_rest(server):
    with server.connect() as client:
        client.sendall(
            b"POST /thread-stream HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
            b"Connection: close\r\n\r\nHello"
        )
        assert rest_of(client).endswith(b"\r\n\r\n5")
