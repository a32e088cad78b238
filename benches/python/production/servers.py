"""`examples/server` of one front as a child, and what it uses: memory, descriptors, processor."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
from pathlib import Path

ROOT = Path(__file__).parents[3]

#: The program of each front, by the kind of its build.
PROGRAMS = {
    ("rust", "release"): ["target/dist/examples/server"],
    ("rust", "debug"): ["target/debug/examples/server"],
    ("python", "release"): ["target/bench/python/ours/bin/python", "examples/server.py"],
    ("python", "debug"): ["target/python/venv/bin/python", "examples/server.py"],
}


class Server:
    """A running server with all its processes."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.pid = process.pid

    @classmethod
    async def start(cls, program, port, descriptors=None, **options):
        environment = {f"TREMOLO_{name.upper()}": str(value) for name, value in options.items()}

        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        process = await asyncio.create_subprocess_exec(
            *program,
            f"127.0.0.1:{port}",
            cwd=ROOT,
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=limit,
        )
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        if b"http://" not in line:
            raise RuntimeError(f"the server does not start: {line}")
        return cls(process, port)

    async def stop(self):
        """Its exit code after SIGTERM."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60)

    def processes(self):
        """The process and all below it."""
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                tasks = Path(f"/proc/{pid}/task").glob("*/children")
                found += [int(child) for task in tasks for child in task.read_text().split()]
        return found

    def memory(self):
        """Bytes; pages that processes share count in parts."""
        return sum(map(_proportional, self.processes()))

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.processes())

    def processor(self):
        """Seconds, of user and system."""
        stats = (Path(f"/proc/{pid}/stat").read_text() for pid in self.processes())
        fields = (stat.rpartition(")")[2].split() for stat in stats)
        ticks = sum(int(field[11]) + int(field[12]) for field in fields)
        return ticks / os.sysconf("SC_CLK_TCK")


def _proportional(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


@contextlib.asynccontextmanager
async def running(program, **options):
    """A server on a port of its own, which is stopped at the end."""
    server = await Server.start(program, free_port(), **options)
    try:
        yield server
    finally:
        code = await server.stop()
    if code:
        raise RuntimeError(f"the exit code of the server is {code}")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def raise_limit():
    """As many descriptors as this process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
