"""The program with applications: how they are named, what is around them, how it ends."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from conftest import until

APPLICATIONS = """
import logging, os, sys
from tremolo import Application

native = Application()
@native.route("/")
async def index():
    logging.getLogger("of.the.application").warning("asked")
    return "native"

@native.route("/fails")
async def fails():
    raise RuntimeError("broken")

async def app(scope, receive, send):
    assert scope["type"] == "http", "no lifespan"
    text = f"asgi {scope['root_path']} {os.environ.get('COLOUR', '-')} {scope['client'][0]}"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": text.encode()})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [b"wsgi"]

def create():
    return app

def create_native():
    made = Application()
    @made.route("/")
    async def index():
        return f"made {len(sys.argv) > 0}"
    return made

class Place:
    inner = native
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "named.py").write_text(APPLICATIONS)
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.txt").write_text("static")
    return tmp_path


class Started:
    """A program that serves, until the end of the `with`."""

    def __init__(self, folder, *arguments, program=("-m", "tremolo"), **options):
        command = [sys.executable, "-W", "error", *program, *arguments]
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, cwd=folder, text=True, env=environment, **pipes, **options
        )

    def __enter__(self):
        self.line = self.process.stdout.readline()
        if found := re.search(r"http://([\d.]+):(\d+)", self.line):
            self.address = found[1], int(found[2])
        elif "listens" not in self.line:
            self.process.kill()
            raise RuntimeError(self.line + self.process.stderr.read())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.output, self.log = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, self.log

    def get(self, path="/", **headers):
        client = http.client.HTTPConnection(*self.address, timeout=10)
        client.request(
            "GET", path, headers={key.replace("_", "-"): headers[key] for key in headers}
        )
        response = client.getresponse()
        response.text = response.read().decode()
        client.close()
        return response


def text(folder, *arguments):
    with Started(folder, "--port", "0", *arguments) as server:
        return server.get().text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["named"], "asgi  - 127.0.0.1"),
        (["named.py"], "asgi  - 127.0.0.1"),
        (["named:native"], "native"),
        (["named:Place.inner"], "native"),
        (["named.py:Place.inner"], "native"),
        (["named:create()"], "asgi  - 127.0.0.1"),
        (["named:create_native()"], "made True"),
        (["--factory", "named:create_native"], "made True"),
        (["named:wsgi"], "wsgi"),
        (["--interface", "wsgi", "named:wsgi"], "wsgi"),
        (["--interface", "asgi3", "--lifespan", "off", "named:app"], "asgi  - 127.0.0.1"),
        (["--interface=tremolo", "named:native"], "native"),
        (["--root-path", "/api", "named:app"], "asgi /api - 127.0.0.1"),
        (["--workers", "2", "named:create_native()"], "made True"),
        (["--reload", "--reload-dir", ".", "named:create()"], "asgi  - 127.0.0.1"),
    ],
)
def test_serves_an_application_of_any_kind_by_its_name(folder, arguments, expected):
    assert text(folder, *arguments) == expected


def test_an_application_that_a_function_makes_is_reloaded(folder):
    arguments = ["--port", "0", "--reload", "--header", "X-A: b", "--root-path", "/api"]
    with Started(folder, *arguments, "named:create()") as server:
        assert server.get().text == "asgi /api - 127.0.0.1"
        changed = APPLICATIONS.replace('f"asgi', 'f"changed')
        (folder / "named.py").write_text(changed)
        until(lambda: server.get().text == "changed /api - 127.0.0.1")
        assert server.get().headers["X-A"] == "b"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_process_that_is_not_forked_makes_the_application_anew(folder, method):
    # The functions of this application cannot be pickled.
    program = f"""if __name__ == "__main__":
        import multiprocessing, tremolo
        multiprocessing.set_start_method("{method}")
        tremolo.run("named:create_native()", port=0, worker_num=2)"""
    (folder / "program.py").write_text(program)
    with Started(folder, program=("program.py",)) as server:
        assert server.get().text == "made True"


def test_imports_from_the_folder_that_is_given(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert text(elsewhere, "--app-dir", str(folder), "named:native") == "native"
    assert text(folder.parent, "--app-dir", folder.name, "named.py:native") == "native"


def test_every_option_of_the_table_can_be_given_its_default(folder):
    from tremolo._cli.table import TABLE, dashed
    from tremolo._tremolo import engine_options

    rows = [TABLE[name] for name in engine_options()]
    arguments = [f"{dashed(row.name)}={row.default}" for row in rows if row.default]
    assert text(folder, *arguments, "named:native") == "native"


@pytest.mark.parametrize("name", ["named:app", "named:native", "named:wsgi"])
def test_static_folders_and_fields_are_beside_an_application(folder, name):
    arguments = ["--static", "/static=public", "--header", "X-A: b", "--header=X-C:d"]
    with Started(folder, "--port", "0", *arguments, "--no-server-header", name) as server:
        found = server.get("/static/a.txt")
        assert (found.status, found.text, found.headers["X-A"]) == (200, "static", "b")
        found = server.get("/")
        assert (found.headers["X-A"], found.headers["X-C"]) == ("b", "d")
        assert "Server" not in found.headers
        assert server.get("/static/missing").status == 404


def test_the_environment_is_read_from_a_file(folder):
    lines = """
# a comment
export COLOUR="dark \\"red\\"" # another
TREMOLO_SERVER_NAME = 'From file'
PATH=not-this
EMPTY=
"""
    (folder / "local.env").write_text(lines)
    with Started(folder, "--port", "0", "--env-file", "local.env", "named:app") as server:
        found = server.get()
        assert found.text == 'asgi  dark "red" 127.0.0.1'
        assert found.headers["Server"] == "From file"
    assert ended(folder, "--env-file", "named.py", "named:app")[0] == 1


def test_the_addresses_of_proxies_are_those_of_uvicorn(folder):
    with Started(folder, "--port", "0", "--forwarded-allow-ips", "*", "named:app") as server:
        assert server.get(X_Forwarded_For="203.0.113.9").text == "asgi  - 203.0.113.9"
    with Started(folder, "--port", "0", "--no-proxy-headers", "named:app") as server:
        assert server.get(X_Forwarded_For="203.0.113.9").text == "asgi  - 127.0.0.1"


def test_listens_on_a_descriptor_and_on_paths(folder):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        arguments = ["--fd", str(number), "--uds", "x.sock", "--bind", "127.0.0.1:0"]
        with Started(folder, *arguments, "named:native", pass_fds=[number]) as server:
            assert server.line.count("http://") == 2
            assert "x.sock" in server.line
            server.address = listener.getsockname()
            assert server.get().text == "native"


LOGGING = {
    "version": 1,
    "formatters": {"short": {"format": "%(name)s | %(levelname)s | %(message)s"}},
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "lines.log", "formatter": "short"}
    },
    "loggers": {
        "tremolo": {"handlers": ["file"], "level": "INFO", "propagate": False},
        "tremolo.error": {"level": "ERROR"},
        "tremolo.access": {"handlers": ["file"], "level": "INFO", "propagate": False},
    },
    "root": {"handlers": ["file"], "level": "WARNING"},
}

INI = """
[loggers]
keys=root,access
[handlers]
keys=file
[formatters]
keys=short
[logger_root]
level=INFO
handlers=file
[logger_access]
level=INFO
handlers=file
qualname=tremolo.access
propagate=0
[handler_file]
class=FileHandler
args=('lines.log',)
formatter=short
[formatter_short]
format=%(name)s | %(levelname)s | %(message)s
"""


@pytest.mark.parametrize("workers", [[], ["--workers", "1"], ["--reload"]])
@pytest.mark.parametrize("kind", ["json", "ini", "yaml"])
def test_logging_is_configured_with_a_file(folder, kind, workers):
    if kind == "yaml":
        pytest.importorskip("yaml")
    # JSON is YAML.
    (folder / f"log.{kind}").write_text(INI if kind == "ini" else json.dumps(LOGGING))
    arguments = ["--port", "0", "--access-log", "--log-config", f"log.{kind}", *workers]
    with Started(folder, *arguments, "named:native") as server:
        server.get("/")
        server.get("/fails")
    lines = (folder / "lines.log").read_text()
    assert "of.the.application | WARNING | asked\n" in lines
    assert re.search(r"^tremolo\.access \| INFO \| 127\.0\.0\.1 .*GET / ", lines, re.MULTILINE)
    assert re.search(r"^tremolo\.error \| ERROR \| .* failed\nTraceback", lines, re.MULTILINE)
    assert lines.count("asked") == 1
    assert server.log == ""


def ended(folder, *arguments):
    """The exit code and the output of a program that does not serve."""
    run = [sys.executable, "-W", "error", "-m", "tremolo", *arguments]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["named:ap"], "tremolo: named has no 'ap'; did you mean 'app'?"),
        (["named:Place.iner"], "tremolo: named:Place has no 'iner'; did you mean 'inner'?"),
        (["named:zzz"], "tremolo: named has no 'zzz'; name it as in named:NAME"),
        (["--factory", "named:__name__"], "tremolo: named:__name__ is not a function, but str"),
        (
            ["--interface", "tremolo", "named:app"],
            "tremolo: named:app is not an application of tremolo, but function",
        ),
        (
            ["--interface", "asgi", "named:native"],
            "tremolo: named:native is not an application of asgi, but Tremolo",
        ),
        (["--root-path", "/x", "named:native"], "tremolo: root_path: for applications of ASGI"),
        (["named:app", "named:native"], 'Unexpected argument "named:native": APP is "named:app"'),
        (["--static", "public", "named:app"], 'Invalid --static value "public". It must be as in'),
        (["--static", "/a=none", "named:app"], 'Invalid --static value "/a=none": there is no'),
        (["--header", "X A: b", "named:app"], 'Invalid --header value "X A: b". It must be as in'),
        (["--header", "X: a\nb", "named:app"], 'Invalid --header value "X: a'),
        (["--env-file", "none", "named:app"], 'Invalid --env-file value "none": No such file'),
        (
            ["--env-file", "named.py", "named:app"],
            'Invalid --env-file value "named.py": named.py, line 2: not NAME=value',
        ),
        (["--log-config", "none.ini", "named:app"], "tremolo: log_config: none.ini: "),
        (["--log-config", "bad.json", "named:app"], "tremolo: log_config: bad.json: "),
        (["--reload", "--preload", "named:app"], "tremolo: preload: not with reload"),
        (["--workers", "5000", "named:app"], "tremolo: worker_num: a number up to 1024"),
        (["--loop", "nothing", "named:app"], "tremolo: loop: No module named 'nothing'"),
        (["--log-level", "loud", "named:app"], 'Invalid --log-level value "loud". It must be one'),
        ([":app"], "tremolo: ':app': a module is missing, as in module:app"),
    ],
)
def test_a_mistake_is_a_line(folder, arguments, line):
    (folder / "bad.json").write_text("{")
    code, output = ended(folder, *arguments)
    assert code == 1
    assert output.startswith(line)
    assert output.count("\n") <= 2


def test_an_error_of_an_application_is_its_own_traceback(folder):
    (folder / "inner.py").write_text("def fail():\n    raise ValueError('of the application')\n")
    (folder / "outer.py").write_text("import inner\ninner.fail()\n")
    (folder / "syntax.py").write_text("app = (\n")
    (folder / "made.py").write_text("def create():\n    import absent\n")
    code, output = ended(folder, "outer:app")
    assert code == 1
    assert re.findall(r'File "(.*)", line (\d)', output) == [
        (str(folder / "outer.py"), "2"),
        (str(folder / "inner.py"), "2"),
    ]
    assert output.endswith("ValueError: of the application\n")
    code, output = ended(folder, "syntax:app")
    assert (code, output.count("File")) == (1, 1)
    assert "SyntaxError" in output
    code, output = ended(folder, "made:create()")
    assert (code, output.count("File")) == (1, 1)
    assert output.endswith("No module named 'absent'\n")
