"""The lifespan of ASGI applications: it begins before the first connection, and ends after the last
one. One that fails or hangs ends the server with a line that has the reason."""

import json
import signal
import subprocess
import sys

import pytest
from conftest import LOOPS
from serving import HERE, Asgi


@pytest.fixture(params=LOOPS)
def serve(request):
    programs = []

    def serve(name, *arguments):
        programs.append(Asgi(request.param, f"lifespans.py:{name}", *arguments))
        return programs[-1]

    yield serve
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


def run(name, *arguments):
    """Runs one that does not start. Returns its code and its log."""
    script = f"{HERE / 'lifespans.py'}:{name}"
    command = [sys.executable, "-W", "error", "-m", "tremolo", script, "--port", "0", *arguments]
    process = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert process.stdout == ""
    return process.returncode, process.stderr


def test_startup_precedes_the_first_request_and_shutdown_follows_the_last_one(serve):
    server = serve("good")
    assert server.text("/") == f"{{'pid': {server.process.pid}}}"
    server.process.terminate()
    output, log = server.process.communicate(timeout=20)
    assert (server.process.returncode, output, log) == (0, "stopped\n", "")


@pytest.mark.parametrize("name", ["unknown", "returns"])
def test_an_application_need_not_know_the_protocol(serve, name):
    server = serve(name)
    assert server.text("/") == "{}"
    assert "Traceback" not in server.ends()


@pytest.mark.parametrize("name", ["unknown", "returns"])
def test_it_has_to_know_the_protocol_if_that_is_asked_for(name):
    code, log = run(name, "--lifespan", "on")
    assert code == 1
    assert "the application does not know the lifespan protocol" in log
    assert log.endswith("tremolo: the application has not started\n")


def test_no_lifespan_is_begun_if_it_is_off(serve):
    server = serve("fails", "--lifespan", "off")
    assert server.text("/") == "{}"
    assert server.ends() == ""


@pytest.mark.parametrize("name", ["fails", "unknown"])
def test_lines_about_it_have_the_logger_for_errors_of_applications(name):
    _, log = run(name, "--lifespan", "on", "--log-fmt", "json")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["target"] for line in lines] == ["tremolo.error"], log


def test_a_startup_that_fails_ends_the_server():
    code, log = run("fails")
    assert code == 1
    assert "the lifespan of the application failed: there is no\\ndatabase\n" in log
    assert log.endswith("tremolo: the application has not started\n")


@pytest.mark.parametrize(("name", "code"), [("hangs", 0), ("stubborn", 1)])
def test_a_startup_that_hangs_can_be_stopped(serve, name, code):
    server = serve(name)
    server.process.send_signal(signal.SIGTERM)
    _, log = server.process.communicate(timeout=20)
    assert server.process.returncode == code, log


def test_a_lifespan_that_dies_is_logged(serve):
    server = serve("dies")
    assert server.text("/") == "{}"
    log = server.ends()
    assert "the lifespan of the application failed\nTraceback" in log
    assert log.endswith("ValueError: later\n")


def test_a_shutdown_that_fails_is_logged(serve):
    assert "the shutdown of the application failed: not closed" in serve("wrong").ends()


def test_a_shutdown_that_hangs_ends_in_time(serve):
    server = serve("endless", "--shutdown-timeout", "0.1")
    code, log = server.stop()
    assert code == 1
    assert "on_worker_stop took too long" in log
    assert "handlers that do not end are left behind" in log


def test_messages_in_the_wrong_order_are_errors(serve):
    assert "unexpected ASGI message lifespan.shutdown.complete" in serve("unordered").ends()


def test_each_worker_has_a_lifespan(serve):
    server = serve("good", "--worker-num", "2")
    pids = set()
    for _ in range(100):
        pids.add(server.text("/"))
    assert all(pid.startswith("{'pid': ") for pid in pids)
    assert f"{{'pid': {server.process.pid}}}" not in pids
    server.process.terminate()
    output, _ = server.process.communicate(timeout=20)
    # The lines of two processes may be mixed.
    assert output.replace("\n", "") == "stopped" * 2
