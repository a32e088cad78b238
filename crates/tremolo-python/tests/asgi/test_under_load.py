"""An ASGI application by the command line, with clients that never pause: what happens to workers
is not noticed by requests."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial

import pytest
from conftest import LOOPS, Program, until

APPLICATION = """
import asyncio, os
import part

async def app(scope, receive, send):
    assert scope["type"] == "http", "no lifespan"
    await asyncio.sleep(0.001)
    await send({"type": "http.response.start", "status": 200})
    body = f"{part.TEXT} {os.getpid()}".encode()
    await send({"type": "http.response.body", "body": body})
"""


class Loaded(Program):
    """A server with two workers, and clients that send requests until the end."""

    def __init__(self, folder, loop, *arguments):
        (folder / "loaded.py").write_text(APPLICATION)
        (folder / "part.py").write_text("TEXT = 'first'")
        command = [sys.executable, "-W", "error", "-m", "tremolo", "loaded:app", "--port=0"]
        self.process = subprocess.Popen(
            [*command, f"--loop={loop}", "--worker-num=2", *arguments],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.find_address()
        self.bodies, self.errors, self.over = [], [], threading.Event()
        self.clients = [threading.Thread(target=self.ask, args=(kept,)) for kept in (0, 0, 1, 1)]
        for client in self.clients:
            client.start()

    def ask(self, kept):
        """Sends requests: each on its own connection, or as many on one as the server serves."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        while not self.over.is_set():
            try:
                self.answer(connection)
            except ConnectionRefusedError:
                # No listener: the server has stopped.
                return
            except (http.client.HTTPException, OSError) as error:
                self.errors.append(error)
            if not kept:
                connection.close()
        connection.close()

    def answer(self, connection):
        connection.request("GET", "/")
        self.bodies.append(connection.getresponse().read().decode())

    def serves(self, text):
        return self.bodies[-1].startswith(text)

    def pids(self):
        return {body.split()[1] for body in self.bodies}

    def ends(self, is_asked=False):
        """Ends the clients, then the server. Returns its log."""
        self.over.set()
        for client in self.clients:
            client.join()
        # A second signal would end the server at once.
        code, log = self.wait() if is_asked else self.stop()
        assert code == 0, log
        return log


@pytest.fixture(params=LOOPS)
def loaded(request, tmp_path):
    programs = []

    def start(*arguments):
        programs.append(Loaded(tmp_path, request.param, *arguments))
        programs[0].folder = tmp_path
        return programs[0]

    yield start
    for program in programs:
        program.over.set()
        if program.process.returncode is None:
            program.stop()


def test_no_request_fails_while_changed_code_is_loaded(loaded):
    program = loaded("--reload")
    until(lambda: len(program.pids()) >= 2, 100_000_000)
    for text in ("changed", "again"):
        (program.folder / "part.py").write_text(f"TEXT = '{text}'")
        until(partial(program.serves, text), 100_000_000)
    log = program.ends()
    assert program.errors == []
    assert "Traceback" not in log


def test_no_request_fails_when_the_server_is_stopped(loaded):
    program = loaded()
    until(lambda: len(program.pids()) >= 2, 100_000_000)
    program.process.terminate()
    for client in program.clients:
        client.join()
    assert program.errors == []
    assert "Traceback" not in program.ends(is_asked=True)


def test_a_killed_worker_is_replaced_and_only_its_own_requests_fail(loaded):
    program = loaded()
    until(lambda: len(program.pids()) >= 2, 100_000_000)
    before = program.pids()
    killed = min(before)
    os.kill(int(killed), signal.SIGKILL)
    until(lambda: program.pids() - before, 100_000_000)
    log = program.ends()
    # One request of each client at most was with the worker that has died.
    assert len(program.errors) <= len(program.clients)
    assert re.search(rf"worker \d \(pid {killed}\) has died with exit code -9", log)
