"""Minutes of mixed load: memory and descriptors return to where they were."""

import asyncio
import contextlib
import itertools
import random
import time

from http_client import Connection, Failed
from servers import running

#: Clients of each kind.
CLIENTS = 4

#: Memory may grow by so much in the second half of the time: what allocators keep.
TOLERANCE = 4 << 20


async def hello(connection):
    for _ in range(50):
        await connection.get("/hello")


async def wait(connection):
    await connection.get(f"/sleep?ms={random.randrange(50)}")


async def download(connection):
    body = await connection.get("/stream?pieces=1000&ms=0")
    assert len(body) == 1000 << 10


async def upload(connection):
    pieces = [bytes(random.randrange(1, 50_000)) for _ in range(20)]
    size = await connection.upload(pieces)
    assert int(size) == sum(map(len, pieces))


async def faults(connection):
    await connection.get("/nothing", 404)
    await connection.get("/sleep?ms=-", 422 if connection.is_rust else 400)
    connection.send(["GET / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"])
    await connection.response(400)


async def slow_reader(connection):
    connection.send(["GET /stream?pieces=2000&ms=0 HTTP/1.1"])
    for _ in range(20):
        await connection.reader.read(4096)
        await asyncio.sleep(0.05)
    connection.reset()


async def leaver(connection):
    """The client goes while the handler works."""
    connection.send(
        [random.choice(["GET /sleep?ms=500", "GET /stream?pieces=99&ms=9"]) + " HTTP/1.1"]
    )
    await asyncio.sleep(random.random() / 20)
    connection.reset()


async def half_upload(connection):
    connection.send(["POST /upload HTTP/1.1", "Content-Length: 1000000"], bytes(100_000))
    await asyncio.sleep(random.random() / 20)
    connection.reset()


async def half_head(connection):
    connection.writer.write(b"GET /hello HTT")
    await asyncio.sleep(random.random() / 20)
    connection.close()


async def websocket(connection):
    await connection.open_websocket("/echo")
    for _ in range(20):
        await connection.echo(random.randbytes(random.randrange(126, 20_000)))
    if random.random() < 0.5:
        # A close frame with the code 1000, masked with zeros.
        connection.writer.write(b"\x88\x82\0\0\0\0\x03\xe8")
        await connection.reader.read()


KINDS = [
    hello,
    wait,
    download,
    upload,
    faults,
    slow_reader,
    leaver,
    half_upload,
    half_head,
    websocket,
]


async def mixed(program, options, minutes):
    """All kinds of clients at once: errors, disconnects, slow readers, uploads, WebSockets."""
    is_rust = "server.py" not in program[-1]
    async with running(program, **options) as server:
        # What an allocator keeps is there after the first half: it grows in steps at first, also
        # without a leak.
        halves = [await _load(server.port, 30 * minutes, is_rust)]
        first = await _at_rest(server)
        halves.append(await _load(server.port, 30 * minutes, is_rust))
        last = await _at_rest(server)
    failures = [failure for half in halves for failure in half["failures"]]
    assert not failures, failures[:5]
    (memory_before, files_before), (memory_after, files_after) = first, last
    served = sum(half["served"] for half in halves)
    text = (
        f"{minutes} minutes, {served} scripts of {len(KINDS)} kinds; "
        f"after each half {memory_before >> 10} and {memory_after >> 10} KiB of memory, "
        f"{files_before} and {files_after} descriptors"
    )
    assert files_after <= files_before, text
    assert memory_after <= memory_before + TOLERANCE, text
    return text


async def _load(port, seconds, is_rust):
    counts = {"served": 0, "failures": []}
    end = time.monotonic() + seconds
    clients = itertools.product(KINDS, range(CLIENTS))
    await asyncio.gather(*(_client(port, kind, end, counts, is_rust) for kind, _ in clients))
    return counts


async def _client(port, kind, end, counts, is_rust):
    while time.monotonic() < end:
        try:
            connection = await Connection.open(port)
            connection.is_rust = is_rust
            with contextlib.closing(connection):
                await kind(connection)
            counts["served"] += 1
        except (OSError, EOFError, Failed, TimeoutError, AssertionError) as error:
            counts["failures"].append(f"{kind.__name__}: {error!r}")
            await asyncio.sleep(0.05)


async def _at_rest(server):
    """Memory and descriptors when all connections are closed: the lowest of some seconds."""
    seen = []
    for _ in range(50):
        await asyncio.sleep(0.1)
        seen.append((server.memory(), server.descriptors()))
    return min(memory for memory, _ in seen), min(files for _, files in seen)
