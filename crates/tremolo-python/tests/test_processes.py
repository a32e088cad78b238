"""`run(worker_num=...)`: processes that serve one application, and what watches over them."""

import os
import pickle
import signal
import socket
import subprocess
import sys

import pytest
from conftest import HERE, rest_of, until
from frames import Client
from tremolo import Application, StaticFiles
from tremolo._running import processes as count


def is_refused(program):
    """Whether no worker listens. A client whose worker closes its socket in this moment is refused,
    too, while the other workers still listen: so several clients try."""
    for _ in range(20):
        try:
            program.connect().close()
        except OSError:
            continue
        return False
    return True


def test_several_processes_serve_one_port(processes):
    program = processes(worker_num=3)
    assert program.line.endswith(f"listens on http://{':'.join(map(str, program.address))} "
                                 "(3 workers)\n")  # fmt: skip
    pids = program.pids(3)
    assert len(pids) == 3
    assert program.process.pid not in pids


def test_the_application_travels_to_its_workers(processes):
    program = processes(worker_num=1)
    assert program.line.endswith("(1 worker)\n")
    assert program.text("/greeting") == "set before the start option"
    assert program.text("/bound") == "of an object"
    assert program.get("/files/app.py").status == 200


def test_each_worker_serves_sockets_and_closes_them_when_it_stops(processes):
    program = processes()
    pids, clients = program.pids(2), {}

    def has_all():
        client = Client(program.address, "/socket")
        client.send("from")
        word, pid = client.message().split()
        assert word == "from"
        clients[int(pid)] = client
        return set(clients) == pids

    until(has_all)
    program.process.terminate()
    for client in clients.values():
        assert client.closed() == (1001, "")
        client.send((1001).to_bytes(2), opcode=8)
    code, log = program.wait()
    assert (code, "Traceback" in log) == (0, False), log


def test_a_worker_that_dies_is_replaced(processes):
    program = processes(worker_num=1)
    (before,) = program.pids()
    with program.connect() as client:
        client.sendall(b"GET /die HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(client) == b""
    # A client that comes while there is no worker waits for the next one.
    assert int(program.text("/pid")) != before
    code, log = program.stop()
    assert code == 0
    assert f"worker 1 (pid {before}) has died with exit code 9" in log


def test_a_lock_excludes_the_handlers_of_all_workers(processes, path):
    program = processes()
    program.pids(2)
    client = program.connect()
    client.sendall(f"GET /lock?{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    until(lambda: program.try_lock() == "held")
    # Whichever worker is asked.
    assert {program.try_lock() for _ in range(40)} == {"held"}
    path.write_text("")
    holder = int(rest_of(client).rpartition(b"\n")[2])
    assert holder in program.pids(2)
    until(lambda: program.try_lock() == "free")


def test_a_worker_that_dies_with_a_lock_gives_it_back(processes):
    program = processes()
    program.pids(2)
    with program.connect() as client:
        client.sendall(b"GET /die-with-lock HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(client) == b""
    assert program.text("/lock")
    # Its successor serves.
    program.pids(2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_requests_of_all_workers_end(processes, path, number):
    program = processes()
    clients = [program.begin(f"/wait?{path}") for _ in range(6)]
    program.process.send_signal(number)
    until(lambda: is_refused(program))
    path.write_text("")
    for client in clients:
        assert b"ended" in rest_of(client)
    code, log = program.wait()
    assert code == 0, log


def test_an_interrupt_from_the_keyboard_is_one_signal(processes, path):
    program = processes()
    pids = program.pids(2)
    clients = [program.begin(f"/wait?{path}") for _ in range(6)]
    # The terminal sends it to all processes of its group.
    for pid in (*pids, program.process.pid):
        os.kill(pid, signal.SIGINT)
    until(lambda: is_refused(program))
    path.write_text("")
    for client in clients:
        assert b"ended" in rest_of(client)
    code, log = program.wait()
    assert code == 0, log


def test_a_second_signal_ends_all_at_once(processes):
    program = processes()
    client = program.begin("/forever")
    program.process.terminate()
    until(lambda: is_refused(program))
    program.process.terminate()
    code, log = program.wait()
    assert code == 1, log
    assert b"ended" not in rest_of(client)


def test_a_worker_that_is_asked_to_stop_is_not_replaced_and_leaves_no_client_waiting(processes):
    program = processes()
    first, second = program.pids(2)
    os.kill(first, signal.SIGTERM)

    def answers():
        try:
            return {int(program.text("/pid")) for _ in range(40)}
        except OSError:
            # A client of the moment in which its socket was closed.
            return set()

    until(lambda: answers() == {second})
    os.kill(second, signal.SIGTERM)
    code, log = program.wait()
    assert code == 0, log
    assert f"(pid {first}) has ended" in log


def test_workers_end_with_their_supervisor(processes):
    program = processes()
    program.pids(2)
    program.process.kill()
    # All processes have the pipe of the log: it ends with the last of them.
    code, log = program.wait()
    assert (code, log) == (-signal.SIGKILL, "")


def test_a_unix_socket_is_shared_and_removed_at_the_end(processes, tmp_path):
    path = str(tmp_path / "unix.sock")
    program = processes(listen=[path])

    def pid():
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"GET /pid HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return int(rest_of(client).rpartition(b"\n")[2])

    assert pid() in program.pids(2)
    program.process.send_signal(signal.SIGTERM)
    code, log = program.wait()
    assert code == 0, log
    assert not os.path.exists(path)


def test_one_socket_serves_all_workers_without_reuse_port(processes):
    program = processes(reuse_port=False)
    assert program.pids() <= program.pids(2)


FAILS = """
import multiprocessing, sys
from tremolo import Application
app = Application()
@app.route("/")
async def wants(colour):
    pass
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    app.run("127.0.0.1", 0, worker_num=2)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_that_cannot_start_ends_the_program(method, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(FAILS)
    command = [sys.executable, str(program), method]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
    assert "its argument 'colour'" in done.stderr
    assert "could not start (exit code 1); the server stops" in done.stderr


def test_an_address_in_use_is_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        command = [sys.executable, str(HERE / "processes.py"), address, "asyncio", "fork"]
        done = subprocess.run(
            [*command, '{"worker_num": 2}'], capture_output=True, text=True, timeout=30
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"tremolo: cannot listen on {address}: Address already in use")
    assert done.stderr.count("\n") == 1


def test_the_number_of_workers():
    assert (count(None), count(0), count(3)) == (0, 0, 3)
    assert count(-1) == len(os.sched_getaffinity(0))
    for wrong in ("2", True, 1.0, 10**6):
        with pytest.raises(ValueError, match="worker_num: a number up to 1024"):
            count(wrong)


async def handler():
    pass


class Middleware:
    def __init__(self, app):
        app.add_middleware(self.check, "request", priority=1)
        app.add_hook(self.check, "close")

    async def check(self, **server):
        pass


def test_an_application_can_be_pickled():
    app, below = Application("name"), Application()
    app.add_route(handler, "/a", rate=1)
    app.error(404, handler)
    app.listen(8000, "localhost", backlog=3)
    app.mount("/files", StaticFiles("/tmp", listing=True, content_types={"a": "text/x"}))
    app.mount("/below", below)
    Middleware(app)
    app.context.own = "own"
    copy = pickle.loads(pickle.dumps(app))
    assert (copy.name, copy.context.own, copy.logger) == ("name", "own", app.logger)
    assert copy._entries[0] == app._entries[0]
    assert copy._entries[0].target is handler
    assert copy._entries[2].target._parent is copy
    first, second = copy._entries[3:]
    assert (first.kind, first.priority, second.kind) == ("request", 1, "close")
    assert first.function == second.function
    assert first.function.__self__ is not app._entries[3].function.__self__
    assert copy._places == app._places
    assert copy._pages == app._pages
    assert not copy.listen(8000, "localhost")
