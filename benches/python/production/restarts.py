"""Processes that end under load: replaced by a new one, or killed."""

import asyncio
import os
import re
import signal

from http_client import Connection, Load
from servers import Server, free_port, running

#: In a row.
RESTARTS = 10


async def takeover(program, options):
    """SIGTERM while a replacement listens on the same port, ten times: no request fails."""
    server = await Server.start(program, free_port(), **options)
    try:
        wrk = await _wrk(server.port)
        async with Load(server.port, 8) as load:
            for _ in range(RESTARTS):
                await load.more(200)
                old, server = server, await Server.start(program, server.port, **options)
                code = await old.stop()
                assert code == 0, f"the exit code of the old process is {code}"
                await load.more(200)
        wrk.send_signal(signal.SIGINT)
        report = (await wrk.communicate())[0].decode()
    finally:
        await server.stop()
    errors = re.findall(r"Socket errors:.*|Non-2xx.*", report)
    assert not load.failures, str(load)
    assert not errors, f"wrk: {errors}"
    requests = re.search(r"(\d+) requests in", report)[1]
    return f"{load}; wrk: {requests} requests, no error"


async def _wrk(port):
    """It sends requests until SIGINT."""
    line = ["wrk", "-t1", "-c8", "-d600", f"http://127.0.0.1:{port}/hello"]
    return await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)


async def killed(program, options):
    """A Python worker killed with -9: only requests of its own connections fail, each once."""
    if "server.py" not in program[-1]:
        return "not for threads"
    async with running(program, **options) as server:
        connections = [await Connection.open(server.port) for _ in range(40)]
        workers = [await _worker(connection) for connection in connections]
        victim = workers[0]
        os.kill(victim, signal.SIGKILL)
        failed = set()
        for place, connection in enumerate(connections):
            try:
                await connection.get("/hello")
            except Exception:
                failed.add(place)
        own = {place for place, worker in enumerate(workers) if worker == victim}
        assert failed == own, f"failed: {failed}, of the killed worker: {own}"
        # Those that connect now are served, also by the replacement.
        async with Load(server.port, 20) as load:
            await load.more(500)
        assert not load.failures, str(load)
        served = set()
        async with asyncio.timeout(30):
            while len(served - {victim}) < 2:
                connection = await Connection.open(server.port)
                served.add(await _worker(connection))
                connection.close()
        return f"{len(own)} of 40 connections were of the killed worker, no other failed; {load}"


async def _worker(connection):
    return int(re.search(rb'"process": ?(\d+)', await connection.get("/stats"))[1])
