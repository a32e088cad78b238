"""`python -m tremolo`, `tremolo.run`, `tremolo.utils.parse_args`."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import tremolo
from conftest import rest_of
from tremolo import __main__ as command_line
from tremolo import utils

EXAMPLE = """
import os
from tremolo import Application
app = Application()
other = Application()
@app.route("/hello")
async def hello(globals):
    return f"app {globals.options['server_name']}"
@other.route("/hello")
async def hello_of_other():
    return "other"
async def asgi(scope, receive, send):
    pass
number = 1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "an_example.py").write_text(EXAMPLE)
    (tmp_path / "broken.py").write_text("import that_is_missing")
    (tmp_path / "json.py").write_text("app = None")
    return tmp_path


def command(folder, *arguments, program=("-m", "tremolo")):
    return subprocess.Popen(
        [sys.executable, "-W", "error", *program, *arguments],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def answer(process, path="/hello"):
    """What a server answers, which ends then."""
    line = process.stdout.readline()
    found = re.search(r"http://([\d.]+):(\d+)", line)
    assert found, line + process.stderr.read()
    client = http.client.HTTPConnection(found[1], int(found[2]), timeout=10)
    client.request("GET", path)
    text = client.getresponse().read().decode()
    client.close()
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0, log
    return text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["an_example:app"], "app Tremolo"),
        (["--server-name", "Own", "an_example:app"], "app Own"),
        (
            [
                "--server-name=Own",
                "--request-timeout=1.5s",
                "--buffer-size=64KiB",
                "./an_example.py",
            ],
            "app Own",
        ),
        (["--debug", "--no-ws", "an_example.py:other"], "other"),
        (["--worker-num", "2", "an_example:other"], "other"),
    ],
)
def test_serves_an_application_by_its_name(folder, arguments, text):
    assert answer(command(folder, "--port", "0", *arguments)) == text


def test_serves_a_file_of_another_folder(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    process = command(elsewhere, "--port", "0", str(folder / "an_example.py"))
    assert answer(process) == "app Tremolo"


def test_listens_where_it_is_told(folder):
    process = command(folder, "--bind", "127.0.0.1:0,./unix.sock", "an_example:other")
    line = process.stdout.readline()
    assert re.search(r"listens on http://127.0.0.1:\d+, \./unix.sock", line)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "unix.sock"))
        client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest_of(client).endswith(b"other")
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "You must specify APP"),
        (["--port", "x", "an_example:app"], 'Invalid --port value "x". It must be a whole number'),
        (
            ["--request-timeout", "soon", "a"],
            'Invalid --request-timeout value "soon". It must be a duration, such as 15s or 500ms',
        ),
        (["--buffer-size", "1", "a"], 'Invalid --buffer-size value "1". It must be at least 1024'),
        (["an_example:app", "--port"], "Invalid --port: it needs a value"),
        (["--bind", ":x", "an_example:app"], 'Invalid --bind value ":x"'),
        (["--bind", "a:1,", "an_example:app"], 'Invalid --bind value "a:1,"'),
        (["--bind", "", "an_example:app"], 'Invalid --bind value ""'),
        (["--colour", "red", "an_example:app"], 'Unrecognized option "--colour"'),
        (["an_example:number"], "tremolo: an_example:number is not an application, but int"),
        (["an_example:none"], "tremolo: an_example has no 'none'"),
        (["nothing"], "tremolo: there is no module 'nothing'"),
        (["nothing.py"], "tremolo: "),
        (["json.py"], "tremolo: "),
        (["--ssl-cert", "a.pem", "--ssl-key=b.pem", "an_example:app"], "tremolo: "),
    ],
)  # fmt: skip
def test_an_error_is_one_line(folder, arguments, text):
    process = command(folder, *arguments)
    output, log = process.communicate(timeout=20)
    assert process.returncode == 1
    assert (output + log).startswith(text)
    assert (output + log).count("\n") == 1


def test_an_error_of_the_application_has_its_traceback(folder):
    process = command(folder, "broken:app")
    _, log = process.communicate(timeout=20)
    assert process.returncode == 1
    assert log.startswith("Traceback")
    assert "that_is_missing" in log


@pytest.mark.parametrize(
    ("option", "text"),
    [("--help", "Usage: tremolo [OPTIONS] APP"), ("--version", "tremolo 0.")],
)
def test_prints_what_it_is(folder, option, text):
    process = command(folder, option)
    output, log = process.communicate(timeout=20)
    assert (process.returncode, log) == (0, "")
    assert output.startswith(text)


def test_every_option_of_run_is_in_the_help(capsys):
    assert command_line.usage() == 0
    text = capsys.readouterr().out
    for name in ("host", "worker-num", "keepalive-timeout", "no-ws", "no-reuse-port", "debug"):
        assert f"  --{name}" in text


def test_reads_the_command_line_of_another_program(monkeypatch):
    arguments = ["--port", "1", "--own", "a,b", "--limit", "--debug", "--worker-num=3", "name"]
    monkeypatch.setattr(sys, "argv", ["program", *arguments])

    def own(value, options):
        options["own"] = value.split(",")

    options = utils.parse_args(own=own, limit=lambda **_: None)
    # A callback takes the next argument, as that of the original does.
    assert options == {"host": "127.0.0.1", "port": 1, "own": ["a", "b"], "worker_num": 3}
    monkeypatch.setattr(sys, "argv", ["program", "--own", "x"])
    with pytest.raises(SystemExit) as ended:
        utils.parse_args(own=lambda value, **_: len(value))
    assert ended.value.code == 1


def test_a_program_serves_an_application_with_a_function(folder):
    program = "import tremolo; tremolo.run('an_example:other', port=0)"
    assert answer(command(folder, program=("-c", program))) == "other"
    program = "import tremolo, an_example; tremolo.run(an_example.other, port=0)"
    assert answer(command(folder, program=("-c", program))) == "other"


def test_what_cannot_be_served_is_a_type_error():
    with pytest.raises(TypeError, match=r"object at .* is not an application, but object"):
        tremolo.run(object())
    with pytest.raises(TypeError, match="there is no module"):
        tremolo.run("that_is_missing:app")
