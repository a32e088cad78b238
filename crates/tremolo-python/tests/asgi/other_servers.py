"""Other ASGI servers, to run the tests of this folder with: `ASGI_SERVER=uvicorn pytest …`.

`cargo xtask asgi-table` installs them and records which tests they pass in `docs/asgi.md`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import pytest
from conftest import LOOPS, Program, until

#: The server that the tests are run with.
CHOSEN = os.environ.get("ASGI_SERVER", "tremolo")
IS_OWN = CHOSEN == "tremolo"

#: The arguments of each: one process, asyncio, and no log of requests.
ARGUMENTS = {
    "uvicorn": "{app} --app-dir {folder} --port {port} --loop asyncio --no-access-log",
    "granian": "{app} --working-dir {folder} --port {port} --loop asyncio --interface asgi",
    "hypercorn": "{app} --bind 127.0.0.1:{port} --worker-class asyncio",
}

#: A server that has failed a test may be in any state: each test of another server has its own.
SCOPE = "module" if IS_OWN else "function"
CHOSEN_LOOPS = LOOPS if IS_OWN else ("asyncio",)


class OtherServer(Program):
    """One of them with an application of this folder."""

    def start_with(self, folder, name):
        module, _, attribute = name.partition(":")
        self.address = "127.0.0.1", free_port()
        words = ARGUMENTS[CHOSEN].split()
        app = f"{module.removesuffix('.py')}:{attribute or 'app'}"
        values = {"app": app, "folder": folder, "port": self.address[1]}
        arguments = [word.format(**values) for word in words]
        quiet = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        command = [sys.executable, "-m", CHOSEN, *arguments]
        self.process = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)
        until(self.accepts, 1_000_000)

    def accepts(self):
        with contextlib.suppress(ConnectionRefusedError):
            self.connect().close()
            return True
        assert self.process.poll() is None, self.process.args
        return False

    def ends(self):
        """Ends it, and the processes that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def offers(server, extension):
    """Skips a test of an extension that this server does not offer."""
    if not IS_OWN and extension not in server.text("/scope"):
        pytest.skip(f"does not offer {extension}")


#: A test of what the specification leaves open: another server need not do the same.
choice = pytest.mark.skipif(not IS_OWN, reason="the specification leaves it open")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
