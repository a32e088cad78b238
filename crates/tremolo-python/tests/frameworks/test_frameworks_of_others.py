"""Applications of frameworks, started by the command line and used by a client.

These are not among the ordinary tests: `cargo xtask frameworks` installs what they need.
"""

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
import socketio
from frames import Client

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "asgi"))

from serving import Asgi  # noqa: E402


class Foreign(Asgi):
    """An application of this folder: its warnings are not ours."""

    warnings = "ignore"


FORM = (
    b"--b\r\nContent-Disposition: form-data; name=text\r\n\r\nvalue\r\n"
    b"--b\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n"
    + b"x" * 300_000
    + b"\r\n--b--\r\n"
)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def serve(name, *arguments):
    """A fixture with one application of this folder."""

    @pytest.fixture(scope="module", params=["asyncio", "uvloop"])
    def server(request):
        program = Foreign(request.param, HERE / name, *arguments)
        yield program
        code, log = program.stop()
        assert (code, "never" in log) == (0, False), log

    return server


quart = serve("quart_app.py")
litestar = serve("litestar_app.py:app")
flask = serve("flask_app.py")
sockets = serve("socketio_app.py", "--shutdown-timeout", "1")


def test_quart(quart):
    assert json.loads(quart.text("/?q=1")) == {"args": "1", "seen": ["started"]}
    body = bytes(range(256)) * 4000
    assert quart.get("/echo", "POST", body).data == body
    form = json.loads(quart.get("/form", "POST", FORM, MULTIPART).data)
    assert form == {"fields": {"text": "value"}, "files": {"file": 300_000}}
    assert quart.text("/stream") == "012"
    assert quart.text("/thread") == "thread"
    assert quart.get("/fails").status == 500
    client = Client(quart.address, "/ws")
    client.send("hello")
    assert client.message() == "hello"
    client.close()


def test_litestar(litestar):
    assert json.loads(litestar.text("/?q=1")) == {"q": "1"}
    assert litestar.text("/sync") == "thread"
    body = json.dumps({"a": 1, "b": 2})
    headers = {"Content-Type": "application/json"}
    assert json.loads(litestar.get("/items", "POST", body, headers).data) == {"sum": 3}
    assert litestar.text("/stream") == "one two"
    assert "/items" in json.loads(litestar.text("/schema/openapi.json"))["paths"]
    client = Client(litestar.address, "/ws")
    client.send("hello")
    assert client.message() == "hello"
    assert client.closed() == (1000, "")


def test_flask(flask):
    response = flask.get("/")
    assert json.loads(response.data) == {"path": "/", "root": "", "visits": 1}
    cookie = response.getheader("Set-Cookie").partition(";")[0]
    assert json.loads(flask.get("/", headers={"Cookie": cookie}).data)["visits"] == 2
    body = bytes(range(256)) * 4000
    assert flask.get("/echo", "POST", body).data == body
    form = json.loads(flask.get("/form", "POST", FORM, MULTIPART).data)
    assert form == {"fields": {"text": "value"}, "files": {"file": 300_000}}
    assert flask.text("/stream") == "012"
    assert flask.get("/fails").status == 500


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A database with a user for the admin of Django."""
    os.environ["DJANGO_FOLDER"] = str(tmp_path_factory.mktemp("django"))
    command = [sys.executable, str(HERE / "django_app.py"), "admin", "a@b.c", "secret"]
    subprocess.run(command, check=True)


@pytest.fixture(params=["application", "wsgi"])
def django(request, database):
    program = Foreign("uvloop", f"{HERE / 'django_app.py'}:{request.param}")
    yield program
    code, log = program.stop()
    assert (code, "Traceback" in log) == (0, False), log


def test_django(django):
    assert json.loads(django.text("/")) == {"path": "/", "script": ""}
    body = bytes(range(256)) * 4000
    assert django.get("/echo", "POST", body).data == body
    assert django.text("/stream") == "one two"
    assert "font-family" in django.text("/static/admin/css/base.css")


def test_the_admin_of_django(django):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    url = f"http://{django.address[0]}:{django.address[1]}/admin/"
    page = opener.open(url).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    fields = {"csrfmiddlewaretoken": token, "username": "admin", "password": "secret"}
    data = urllib.parse.urlencode({**fields, "next": "/admin/"}).encode()
    page = opener.open(f"{url}login/", data).read().decode()
    assert "Site administration" in page
    assert "Users" in opener.open(f"{url}auth/user/").read().decode()


def test_django_below_a_prefix(database):
    program = Foreign("asyncio", f"{HERE / 'django_app.py'}:below")
    expected = {"path": "/django/", "script": "/django"}
    assert json.loads(program.text("/django/")) == expected
    program.ends()


@pytest.mark.parametrize("transports", [["websocket"], None])
def test_socket_io(sockets, transports):
    url = f"http://{sockets.address[0]}:{sockets.address[1]}"
    clients = [socketio.SimpleClient() for _ in range(2)]
    for client in clients:
        client.connect(url, transports=transports)
        name, data = client.receive(timeout=10)
        assert (name, list(data)) == ("welcome", ["session"])
    assert clients[0].call("shout", "hello") == "HELLO"
    clients[0].emit("everyone", "news")
    for client in clients:
        assert client.receive(timeout=10) == ["news", "news"]
        client.disconnect()
