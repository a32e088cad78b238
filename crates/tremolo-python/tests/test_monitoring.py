"""What a server reports of itself: numbers, metrics for Prometheus, health, readiness."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import Program, rest_of, until
from tremolo import Application
from tremolo._tremolo import Stats
from tremolo.workers.shared_stats import SharedStats


class Watched(Program):
    script = "monitoring.py"

    def stats(self):
        return json.loads(self.text("/stats"))

    def pids(self, number):
        seen = set()
        until(lambda: seen.add(self.text("/hello")) or len(seen) >= number)
        return seen


@pytest.fixture(params=["asyncio", "uvloop"])
def watched(request):
    programs = []

    def start(method="fork", **options):
        programs.append(Watched(request.param, method, json.dumps(options)))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            code, log = program.stop()
            assert code == 0, log
            assert "Traceback" not in log, log


def test_requests_are_counted_by_the_class_of_their_status(watched):
    program = watched()
    for path in ("/hello", "/thread", "/missing", "/fails", "/hello"):
        program.get(path)
    client = program.connect()
    client.sendall(b"GET / HTTP/9.9\r\n\r\n")
    assert b" 505 " in rest_of(client)
    stats = program.stats()
    assert stats["http_requests"] == {"1xx": 0, "2xx": 3, "3xx": 0, "4xx": 1, "5xx": 2}
    # A turn is counted at its end: the request for the numbers is not among them.
    assert (stats["http_requests_begun"], stats["http_requests_in_progress"]) == (6, 0)
    assert stats["http_faults"]["505"] == 1
    assert stats["http_queue_seconds"][0] == 1
    assert stats["http_request_duration_seconds"][0] == 6
    assert stats["http_received_bytes"] > 6 * 20
    assert stats["http_sent_bytes"] > 6 * 90
    assert stats["connections_accepted"] == 7
    until(lambda: program.stats()["connections_open"] == 1)


def test_connections_and_cancellations_are_counted_by_their_reason(watched):
    program = watched(app_handler_timeout=0.05)
    with program.connect(), program.connect():
        until(lambda: program.stats()["connections_open"] == 3)
        assert program.stats()["connections_idle"] == 3
    assert program.get("/never").status == 500
    until(lambda: program.stats()["connections_closed"]["peer_closed"] >= 3)
    assert program.stats()["http_handlers_cancelled"]["handler_timeout"] == 1
    code, log = program.stop()
    assert code == 0
    assert "handler cancelled" in log


def test_metrics_are_in_the_format_that_the_client_asks_for(watched):
    program = watched()
    program.get("/hello")
    response = program.get("/metrics")
    assert response.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    text = response.data.decode()
    assert '\ntremolo_http_requests_total{class="2xx"} 1\n' in text
    check_with_promtool(text)
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    response = program.get("/metrics", headers=accept)
    expected = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert response.getheader("Content-Type") == expected
    assert response.data.endswith(b"\n# EOF\n")


def check_with_promtool(report):
    """Checks a report with the program of Prometheus, where it is installed."""
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=report, text=True, check=True)


def test_a_server_is_ready_until_it_stops(watched):
    program = watched()
    assert program.get("/health").status == 200
    assert program.get("/ready").status == 200
    with program.connect() as client:
        client.sendall(b"GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        until(lambda: program.text("/has-begun") == "True")
        program.process.terminate()
        answer = rest_of(client)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"not ready\n")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_each_of_several_processes_knows_the_numbers_of_all(watched, method):
    program = watched(method, worker_num=2)
    program.pids(2)
    begun = program.stats()["http_requests_begun"]
    for _ in range(10):
        program.get("/hello")
    until(lambda: program.stats()["http_requests"]["2xx"] >= begun + 10)


def test_the_numbers_of_a_dead_process_are_continued(watched):
    program = watched(worker_num=1)
    for _ in range(5):
        program.get("/hello")
    before = program.stats()["http_requests_begun"]
    with pytest.raises((http.client.HTTPException, OSError)):
        program.get("/die")
    stats = program.stats()
    assert stats["http_requests_begun"] >= before == 5
    assert (stats["connections_open"], stats["http_requests_in_progress"]) == (1, 0)
    _, log = program.stop()
    assert "has died with exit code 9" in log


def test_a_row_belongs_to_one_process():
    shared = SharedStats(1)
    claim = (
        "import sys\n"
        "from tremolo.workers.shared_stats import SharedStats\n"
        "from tremolo.workers.descriptor import Descriptor\n"
        "shared = SharedStats.__new__(SharedStats)\n"
        "shared.__setstate__({'rows': 2, '_file': Descriptor(int(sys.argv[1]))})\n"
        "row = shared.claim()\n"
        "if row is not None: shared.write(row, [7 + row])\n"
        "print(row)\n"
    )

    def claimed_by_another():
        number = shared._file.number
        command = [sys.executable, "-c", claim, str(number)]
        done = subprocess.run(
            command, pass_fds=[number], stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.strip()

    assert shared.claim() == 0
    assert claimed_by_another() == "1"
    # The process has ended: its row is free, and has its numbers.
    assert shared.read(1)[:2] == [8, 0]
    assert shared.claim() == 0
    shared.close()


def test_an_application_that_does_not_run_has_no_numbers():
    app = Application()
    assert not app.is_ready
    with pytest.raises(RuntimeError, match="does not run"):
        app.stats()


def test_rows_add_up():
    assert Stats([[2, 1], [3]]).measures()["connections_accepted"] == 5
    assert Stats([]).measures()["connections_open"] == 0


def ask_for_id(program, path, given=None):
    response = program.get(path, headers={"X-Request-ID": given} if given else {})
    return response.getheader("X-Request-Id"), response.data.decode()


def test_the_identifier_of_a_trusted_proxy_is_taken(watched):
    program = watched(access_log="text")
    assert ask_for_id(program, "/id", "a-1") == (None, "a-1")
    for given in ("a b", "x" * 129, None):
        _, made = ask_for_id(program, "/id", given)
        assert re.fullmatch("[0-9a-f]{32}", made)
    code, log = program.stop()
    assert code == 0
    lines = log.splitlines()
    assert lines[0].endswith("ms id=a-1")
    assert lines[-1].endswith(f"ms id={made}")


def test_the_identifier_of_another_peer_is_not(watched):
    program = watched(trusted_proxies="192.0.2.0/24")
    assert len(ask_for_id(program, "/id", "a-1")[1]) == 32


def test_with_the_option_each_response_has_the_identifier_of_its_request(watched):
    program = watched(request_ids=True)
    assert ask_for_id(program, "/id", "a-1") == ("a-1", "a-1")
    sent, made = ask_for_id(program, "/id")
    assert sent == made
    for path in ("/missing", "/fails", "/thread"):
        sent, _ = ask_for_id(program, path, "a-2")
        assert sent == "a-2"
    with program.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert re.search(rb"\r\nX-Request-Id: [0-9a-f]{32}\r\n", rest_of(client))


def test_the_trace_of_a_request_is_that_of_its_valid_field(watched):
    program = watched()
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    for value, expected in [
        (f"00-{trace}-{parent}-01", (trace, parent, True)),
        (f"00-{trace}-{parent}-00", (trace, parent, False)),
        ("00-nothing", None),
    ]:
        assert program.text("/trace", headers={"traceparent": value}) == repr(expected)
    assert program.text("/trace") == "None"


def test_workers_share_the_file_of_the_access_log_and_open_it_anew(watched, tmp_path):
    path, old = tmp_path / "access.log", tmp_path / "access.log.1"
    options = {"access_log": "text", "access_log_format": "{url}", "access_log_file": str(path)}
    program = watched(worker_num=2, **options)
    pids = program.pids(2)
    path.rename(old)
    for pid in pids:
        os.kill(int(pid), signal.SIGUSR1)
    until(lambda: program.text("/hello") and path.exists())
    program.get("/last")
    code, log = program.stop()
    assert (code, log) == (0, "")
    lines = (old.read_text() + path.read_text()).splitlines()
    assert set(lines) == {"/hello", "/last"}
    assert lines.count("/last") == 1
