"""`pid_file`: the number of the process, for scripts."""

import json
import os
import signal
import subprocess
import sys

import pytest
from conftest import HERE, Processes
from tremolo._tremolo import PidFile


@pytest.fixture(params=[0, 2], ids=["alone", "workers"])
def start(request, tmp_path):
    programs = []

    def start():
        options = {"worker_num": request.param, "pid_file": str(tmp_path / "server.pid")}
        programs.append(Processes("asyncio", "fork", json.dumps(options)))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.stop()


def test_it_has_the_number_of_the_program_and_is_removed_at_the_end(start, tmp_path):
    program = start()
    assert (tmp_path / "server.pid").read_text() == f"{program.process.pid}\n"
    assert os.listdir(tmp_path) == ["server.pid"]
    code, log = program.stop()
    assert code == 0, log
    assert os.listdir(tmp_path) == []


def test_a_second_server_with_the_file_of_a_running_one_does_not_start(start, tmp_path):
    pid, path = start().process.pid, tmp_path / "server.pid"
    options = json.dumps({"pid_file": str(path)})
    command = [
        sys.executable,
        str(HERE / "processes.py"),
        "127.0.0.1:0",
        "asyncio",
        "fork",
        options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    line = f"tremolo: cannot use the pid file {path}: it belongs to a process that runs: {pid}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)
    assert path.read_text() == f"{pid}\n"


def test_the_file_of_a_killed_server_is_replaced(start, tmp_path):
    first = start()
    first.process.send_signal(signal.SIGKILL)
    first.wait()
    assert (tmp_path / "server.pid").read_text() == f"{first.process.pid}\n"
    second = start()
    assert (tmp_path / "server.pid").read_text() == f"{second.process.pid}\n"


CHILD = """
import sys
from tremolo._tremolo import PidFile
file = PidFile(sys.argv[1])
print(flush=True)
sys.stdin.read()
file.close()
"""


class Process:
    """A child of this process that has the file until its standard input ends."""

    def __init__(self, path):
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-c", CHILD, str(path)]
        self.process = subprocess.Popen(command, text=True, **pipes)
        self.pid = f"{self.process.pid}\n"

    def is_ready(self):
        return self.process.stdout.readline() == "\n"

    def end(self):
        self.process.communicate()
        return self.process.returncode


def test_a_child_takes_the_file_of_its_parent_over_and_gives_it_back(tmp_path):
    path, old = tmp_path / "server.pid", tmp_path / "server.pid.old"
    own = PidFile(path)
    child = Process(path)
    assert child.is_ready()
    assert (path.read_text(), old.read_text()) == (child.pid, f"{os.getpid()}\n")
    assert child.end() == 0
    assert (path.read_text(), old.exists()) == (f"{os.getpid()}\n", False)
    child = Process(path)
    assert child.is_ready()
    # The parent ends first.
    own.close()
    assert os.listdir(tmp_path) == ["server.pid"]
    assert child.end() == 0
    assert os.listdir(tmp_path) == []
