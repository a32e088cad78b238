"""Checks the responses of all Python peers: `check.py [SERVER…]` prints a table.

Run it with Python 3.11 or later, after `cargo xtask bench` has created the environments. It starts
each peer and requests every path, then `/hello` again on the same connection, because the end of a
response is checked too. It fails if a response is wrong, unless a peer is known not to support it.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import contract

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / "target/bench/python"

#: By name of the peer: its environment, and the server that `peer.py` starts in it.
PEERS = {
    "tremolo-asyncio": ("ours", "tremolo-asyncio"),
    "tremolo-uvloop": ("ours", "tremolo-uvloop"),
    "tremolo-asgi": ("ours", "tremolo-asgi"),
    "tremolo-asgi-asyncio": ("ours", "tremolo-asgi-asyncio"),
    "granian-rsgi": ("peers", "granian-rsgi"),
    "granian-asgi": ("peers", "granian-asgi"),
    "granian-sockets": ("peers", "granian-sockets"),
    "uvicorn": ("peers", "uvicorn"),
    "uvicorn-asyncio": ("peers", "uvicorn-asyncio"),
    "gunicorn": ("peers", "gunicorn"),
    "fastpysgi": ("peers", "fastpysgi"),
    "socketify": ("peers", "socketify"),
    "original-asyncio": ("original", "tremolo-asyncio"),
    "original-uvloop": ("original", "tremolo-uvloop"),
}

#: What a peer is known not to have, and is not asked for; why is in the header of its application.
LACKING = {
    "tremolo-asyncio": {"fastapi"},
    "tremolo-uvloop": {"fastapi"},
    "granian-rsgi": {"fastapi"},
    "fastpysgi": {"yield", "stream16", "stream64", "upload", "upload-chunked", "file"},
    "socketify": {"fastapi", "stream16", "stream64", "upload"},
    "original-asyncio": {"fastapi", "upload-chunked"},
    "original-uvloop": {"fastapi", "upload-chunked"},
}

UPLOAD_PIECES = [bytes(1 << 20)] * (contract.UPLOAD_LENGTH >> 20)
FILE_LENGTH = 100 << 20
#: Without an answer for so long, there is none.
TIMEOUT = 20

JSON_VALUE = {"numbers": list(range(100)), "text": "ä" * 100, "nested": {"empty": []}}


class WrongAnswer(Exception):
    """The text names the difference."""


def expect(what, found, wanted):
    """Compares one property of a response."""
    if found != wanted:
        raise WrongAnswer(f"{what} {found!r:.60}")


def ask(connection, method, path, body=None, headers=None):
    """Returns the response to one request; a body without a length is sent in chunks."""
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    expect("status", response.status, 200)
    return response


def check_hello(connection, path="/hello"):
    """The whole body and its type; the original sends it in chunks."""
    response = ask(connection, "GET", path)
    expect("type", response.getheader("content-type").partition(";")[0], contract.HTML)
    expect("body", response.read(), contract.BODY)
    return response


def check_fields(connection):
    """Like `check_hello`, with the fields of the application."""
    response = check_hello(connection, "/fields")
    for name, value in contract.FIELDS:
        expect(name, response.getheader(name), value)


def check_echo(connection):
    """The value that was sent, serialised again."""
    response = ask(connection, "POST", "/echo", json.dumps(JSON_VALUE, indent=2))
    expect("type", response.getheader("content-type").partition(";")[0], contract.JSON)
    expect("value", json.loads(response.read()), JSON_VALUE)


def check_fastapi(connection):
    """The value of the tutorial."""
    response = ask(connection, "GET", "/fastapi")
    expect("value", json.loads(response.read()), {"message": "Hello World"})


def check_yield(connection):
    """All pieces, in chunks."""
    response = ask(connection, "GET", "/yield")
    expect("encoding", response.getheader("transfer-encoding"), "chunked")
    expect("body", response.read(), contract.BODY * contract.YIELDS)


def check_stream(connection, size):
    """The whole gigabyte, in chunks."""
    response = ask(connection, "GET", f"/stream/{size}")
    expect("encoding", response.getheader("transfer-encoding"), "chunked")
    expect("length", read_length(response), contract.STREAM_LENGTH)


def check_upload(connection, headers=None):
    """The number of bytes received."""
    response = ask(connection, "POST", "/upload", iter(UPLOAD_PIECES), headers)
    expect("count", response.read(), str(contract.UPLOAD_LENGTH).encode())


def check_file(connection):
    """The whole file; granian sends it in chunks over RSGI."""
    response = ask(connection, "GET", "/file")
    expect("length", read_length(response), FILE_LENGTH)


def read_length(response):
    """The length of the body, which is not kept in memory."""
    length = 0
    while piece := response.read(1 << 20):
        length += len(piece)
    return length


SCENARIOS = {
    "hello": check_hello,
    "fields": check_fields,
    "echo": check_echo,
    "fastapi": check_fastapi,
    "yield": check_yield,
    "sleep": lambda connection: check_hello(connection, "/sleep"),
    "stream16": lambda connection: check_stream(connection, 16_384),
    "stream64": lambda connection: check_stream(connection, 65_536),
    "upload": lambda connection: check_upload(
        connection, {"Content-Length": str(contract.UPLOAD_LENGTH)}
    ),
    "upload-chunked": check_upload,
    "file": check_file,
}


@contextlib.contextmanager
def running(name, file):
    """Runs a peer for the duration of the block; yields its address."""
    environment, server = PEERS[name]
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    process = subprocess.Popen(
        [ENVIRONMENTS / environment / "bin/python", HERE / "peer.py", f"{host}:{port}", server],
        stdout=subprocess.PIPE,
        env={**os.environ, "BENCH_FILE": file},
        # granian's workers end with it.
        start_new_session=True,
    )
    try:
        if not process.stdout.readline():
            raise WrongAnswer("does not start")
        yield host, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def check(name, scenario, file):
    """The error, or None. Each check starts its own peer, so that one failure causes no others."""
    try:
        with running(name, file) as address:
            connection = http.client.HTTPConnection(*address, timeout=TIMEOUT, blocksize=1 << 16)
            with contextlib.closing(connection):
                SCENARIOS[scenario](connection)
                check_hello(connection)
    except (OSError, http.client.HTTPException, WrongAnswer) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main(names):
    """Prints a row for each peer, and the errors after the table."""
    faults = []
    print("".join(f"{word:<17}" for word in ("", *SCENARIOS)))
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(FILE_LENGTH)
        for name in names:
            cells = [name]
            for scenario in SCENARIOS:
                if scenario in LACKING.get(name, ()):
                    cells.append("-")
                    continue
                fault = check(name, scenario, file.name)
                cells.append("WRONG" if fault else "ok")
                if fault:
                    faults.append(f"{name}, {scenario}: {fault}")
            print("".join(f"{word:<17}" for word in cells), flush=True)
    return "\n".join(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PEERS) or 0)
