"""Limits and slow clients: descriptors used up, idle connections, slowhttptest."""

import asyncio
import contextlib

from http_client import Connection, Load
from servers import running

#: Connections that wait; the limits of this process and of the server have to be higher.
IDLE = 10_000

#: By what is slow: the path, and the options of slowhttptest.
SLOW = {
    "heads": ("/hello", "-H -i 2 -t GET"),
    "bodies": ("/upload", "-B -i 2 -s 8192 -t POST"),
    "readers": ("/stream?pieces=999&ms=0", "-X -w 512 -y 1024 -n 5 -z 32"),
}


async def descriptors(program, options):
    """The limit of descriptors is reached and released; traffic goes on, and nothing spins."""
    async with running(program, **options, descriptors=300) as server:
        before = await _at_rest(server)
        async with Load(server.port, 8) as load:
            await load.more(100)
            held = [await Connection.open(server.port) for _ in range(800)]
            await load.more(500)
        most = server.descriptors()
        assert not load.failures, str(load)
        busy = server.processor()
        await asyncio.sleep(2)
        busy = (server.processor() - busy) / 2
        assert busy < 0.2, f"{busy:.2f} processors while the limit is reached"
        for connection in held:
            connection.reset()
        async with Load(server.port, 20) as after:
            await after.more(500)
        assert not after.failures, str(after)
        await _released(server, before)
        return f"{before} descriptors, {most} at the limit, {busy:.3f} processors there; {load}"


async def idle(program, options):
    """10,000 idle connections, each after one response: bytes of the server for each."""
    # Else they would be closed before all are there.
    options = options | {"keepalive_timeout": "300s", "keepalive_connections": 2 * IDLE}
    async with running(program, **options) as server:
        files, before = await _at_rest(server), server.memory()
        held = []
        for _ in range(IDLE // 100):
            held += await asyncio.gather(*(_used(server.port) for _ in range(100)))
        each = (server.memory() - before) / IDLE
        open_ones = server.descriptors() - files
        assert open_ones >= IDLE, f"{open_ones} are open"
        async with Load(server.port, 8) as load:
            await load.more(1000)
        assert not load.failures, str(load)
        for connection in held:
            connection.reset()
        await _released(server, files)
        return f"{each:.0f} bytes each; beside them {load}"


async def _used(port):
    connection = await Connection.open(port, limit=4096)
    await connection.get("/hello")
    return connection


async def slow(program, options):
    """slowhttptest with 1,000 slow heads, bodies and readers; the others notice nothing."""
    reports = []
    for kind in SLOW:
        async with running(program, **options) as server:
            reports.append(f"{await _beside_slow(server, kind)} {kind}")
    return "; ".join(reports)


async def _beside_slow(server, kind):
    files = await _at_rest(server)
    path, words = SLOW[kind]
    url = f"http://127.0.0.1:{server.port}{path}"
    line = ["slowhttptest", "-c", "1000", "-r", "500", "-l", "12", *words.split(), "-u", url]
    tool = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with Load(server.port, 8) as load:
            await asyncio.sleep(6)
            held = server.descriptors() - files
            await asyncio.wait_for(tool.wait(), 60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            tool.kill()
    assert not load.failures, f"{kind}: {load}"
    assert held > 500, f"{kind}: only {held} are held"
    await _released(server, files)
    return f"{load} beside {held} slow"


async def _at_rest(server):
    """The descriptors of a server that has served, when all connections are closed."""
    async with Load(server.port, 8) as load:
        await load.more(500)
    await asyncio.sleep(0.5)
    return server.descriptors()


async def _released(server, files):
    """Waits until the server has no more descriptors than at rest."""
    for _ in range(300):
        # One may be open for a moment: that of a file that a handler reads.
        if server.descriptors() <= files + 2:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{server.descriptors()} descriptors, {files} at rest")
