"""Worker processes that are replaced: limits, a loop that hangs, and what their clients notice."""

import http.client
import os
import signal
import threading

import pytest
from conftest import rest_of, until
from tremolo._process_options import ProcessOptions
from tremolo.workers.limits import Limits


def replaced(program, before):
    """Waits until another process serves; every request meanwhile has a response."""
    seen = set()
    until(lambda: seen.add(int(program.text("/pid"))) or seen - before, 100_000)
    return seen - before


def stopped(program):
    code, log = program.stop()
    assert code == 0, log
    assert "Traceback" not in log, log
    return log


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"worker_max_requests": 50, "worker_jitter": 0}, "it has served "),
        ({"worker_lifetime": 0.3}, "it has lived for "),
    ],
)
def test_a_worker_that_reaches_a_limit_is_replaced_and_no_request_fails(processes, limit, reason):
    program = processes(worker_num=1, **limit)
    pids = program.pids(3)
    log = stopped(program)
    for pid in pids:
        assert f"worker 1 (pid {pid})" in log
    assert f"is replaced: {reason}" in log
    assert "is killed" not in log


def test_a_worker_that_uses_too_much_memory_is_replaced(processes):
    program = processes(worker_num=1, limit_memory=200 << 10, worker_jitter=0)
    (first,) = program.pids()
    for _ in range(8):
        assert int(program.text("/grow"))
    replaced(program, {first})
    log = stopped(program)
    assert f"worker 1 (pid {first}) is replaced: it uses " in log
    assert "KiB of memory" in log


def test_one_worker_with_a_limit_has_a_supervisor(processes):
    program = processes(worker_num=0, worker_lifetime=3600)
    assert program.line.endswith("(1 worker)\n")
    assert program.pids() != {program.process.pid}


def test_requests_of_a_replaced_worker_end(processes, path):
    program = processes(worker_num=1, worker_lifetime=0.3)
    client, first = program.begin_somewhere(f"/wait?{path}")
    replaced(program, {first})
    # A worker that has been replaced is not asked to stop a second time.
    program.process.terminate()
    path.write_text("")
    assert b"ended" in rest_of(client)
    code, log = program.wait()
    assert code == 0, log


def test_a_slot_has_two_processes_at_most(processes, path):
    program = processes(worker_num=1, worker_lifetime=0.3)
    client, first = program.begin_somewhere(f"/wait?{path}")
    (second,) = replaced(program, {first})
    # The second one has reached its limit as well, and waits for the first to end.
    assert {int(program.text("/pid")) for _ in range(500)} <= {first, second}
    path.write_text("")
    assert b"ended" in rest_of(client)
    replaced(program, {first, second})


def test_a_worker_whose_loop_hangs_is_killed_and_replaced(processes):
    program = processes(worker_num=1, worker_heartbeat_timeout=2)
    (first,) = program.pids()
    client = program.begin("/hang")
    # The next client waits in the socket, and is served by the next worker.
    assert int(program.text("/pid")) != first
    assert b"0\r\n" not in rest_of(client)
    log = stopped(program)
    assert f"worker 1 (pid {first}) hangs, and is killed; its threads:" in log
    assert "processes.py" in log
    assert "in hang" in log


def test_a_worker_that_is_stopped_by_the_system_is_replaced(processes):
    program = processes(worker_num=1, worker_heartbeat_timeout=2)
    (first,) = program.pids()
    os.kill(first, signal.SIGSTOP)
    replaced(program, {first})
    assert "(no stacks: it is stopped)" in stopped(program)


def test_only_the_clients_of_a_killed_worker_notice(processes, path):
    program = processes()
    first, second = program.pids(2)
    clients = {pid: [] for pid in (first, second)}

    def both_have_some():
        client, pid = program.begin_somewhere(f"/wait?{path}")
        clients[pid].append(client)
        return all(clients.values())

    until(both_have_some)
    os.kill(first, signal.SIGKILL)
    for client in clients[first]:
        assert b"ended" not in rest_of(client)
    path.write_text("")
    for client in clients[second]:
        assert b"ended" in rest_of(client)
    replaced(program, {first, second})


def test_what_waits_in_the_socket_of_a_killed_worker_is_served(processes):
    program = processes(worker_num=1)
    (first,) = program.pids()
    os.kill(first, signal.SIGSTOP)
    clients = [program.connect() for _ in range(5)]
    for client in clients:
        client.sendall(b"GET /pid HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    os.kill(first, signal.SIGKILL)
    (second,) = {int(rest_of(client).rpartition(b"\n")[2]) for client in clients}
    assert second != first
    assert f"worker 1 (pid {first}) has died with exit code -9" in stopped(program)


def test_signals_for_certificates_and_logs_reach_all_workers(processes):
    program = processes()
    program.pids(2)
    program.process.send_signal(signal.SIGHUP)
    program.process.send_signal(signal.SIGUSR1)
    # Each worker gets them at its own time.
    until(lambda: {program.text("/signals") for _ in range(40)} == {"SIGHUP,SIGUSR1"})


def test_workers_of_a_preloaded_application_share_its_memory(processes):
    program = processes(preload=True, worker_lifetime=0.3)
    assert program.text("/frozen").split()[0] == "True"
    program.pids(4)
    # The supervisor has one thread.
    assert os.listdir(f"/proc/{program.process.pid}/task") == [str(program.process.pid)]


def test_limits_are_lower_by_the_jitter_at_most():
    options = ProcessOptions.of(
        {"worker_max_requests": 1000, "worker_lifetime": 100, "worker_jitter": 20}
    )
    drawn = [Limits.with_jitter(options) for _ in range(100)]
    assert all(800 <= limits.requests <= 1000 and 80 <= limits.lifetime <= 100 for limits in drawn)
    assert len({limits.requests for limits in drawn}) > 10
    assert {limits.memory for limits in drawn} == {0}
    exact = ProcessOptions.of({"worker_max_requests": 1, "worker_jitter": 0})
    assert Limits.with_jitter(exact) == Limits(0, 1, 0)


def test_options_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match=r"^preload: not with reload"):
        ProcessOptions.of({"preload": True, "reload": True})
    with pytest.raises(ValueError, match=r"^worker_jitter: must be at most 100"):
        ProcessOptions.of({"worker_jitter": 101})
    with pytest.raises(ValueError, match=r"^reload_dirs: there is no folder 'nowhere'"):
        ProcessOptions.of({"reload_dirs": "., nowhere"})


def test_clients_that_connect_all_the_time_notice_no_replacement(processes):
    program = processes(worker_lifetime=0.4)
    seen, errors, over = set(), [], threading.Event()

    def client():
        while not over.is_set():
            try:
                seen.add(int(program.text("/pid")))
            except (http.client.HTTPException, OSError) as error:
                errors.append(error)

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: seen.add(int(program.text("/pid"))) or len(seen) >= 6, 100_000)
    over.set()
    for thread in threads:
        thread.join()
    assert errors == []
