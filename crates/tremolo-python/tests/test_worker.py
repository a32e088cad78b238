"""What the handlers of one worker share: context, options, tasks, threads."""

import json
import os

import pytest
from conftest import LOOPS, Program, rest_of, until


class Worker(Program):
    script = "worker.py"


@pytest.fixture(scope="module", params=LOOPS)
def worker(request):
    options = {"own": 1, "thread_pool_size": 3, "server_name": "Own"}
    program = Worker(request.param, json.dumps(options))
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log


def test_everything_leads_to_the_same_objects(worker):
    assert worker.text("/globals") == "set before the start"


def test_options_are_one_dictionary(worker):
    assert json.loads(worker.text("/options")) == ["changed", False, True, 3]


def test_the_server_is_described(worker):
    host, port = worker.address
    names = ["server", "server_date", "server_name"]
    assert worker.text("/information") == f"{(host, port)} b'Own' {names}"


def test_functions_run_on_threads(worker):
    assert worker.text("/submit") == "[0, 1, 4, 9]"


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs /proc")
@pytest.mark.parametrize("loop", LOOPS)
def test_a_process_that_runs_no_function_on_a_thread_has_one_thread(loop):
    program = Worker(loop)
    threads = f"/proc/{program.process.pid}/task"
    assert program.text("/globals") == "set before the start"
    until(lambda: os.listdir(threads) == [str(program.process.pid)])
    assert program.text("/submit") == "[0, 1, 4, 9]"
    assert len(os.listdir(threads)) > 1
    assert program.stop()[0] == 0


def test_a_task_of_a_connection_ends_with_it_and_one_of_the_application_does_not(worker):
    with worker.connect() as client:
        client.sendall(b"GET /tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest_of(client).endswith(b"started")
    until(lambda: worker.text("/ended") == "connection")
    worker.text("/cancel")
    until(lambda: worker.text("/ended") == "connection,application")


@pytest.mark.parametrize("path", ["/lock", "/lock-in-thread"])
def test_a_lock_excludes_every_other_handler(worker, path):
    assert worker.text(path) == "excluded"


def test_a_lock_that_is_not_free_in_time_is_a_timeout(worker):
    assert worker.get("/lock-timeout").status == 408


@pytest.mark.parametrize("target", ["/fork", "/fork?exit", "/fork-inline"])
def test_a_forked_process_does_not_serve_the_clients_of_its_parent(worker, target):
    with worker.connect() as client:
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        seen = rest_of(client)
    assert seen.endswith(b"the child ended with 1")
    assert seen.count(b"HTTP/1.1") == 1
    assert worker.text("/globals") == "set before the start"
