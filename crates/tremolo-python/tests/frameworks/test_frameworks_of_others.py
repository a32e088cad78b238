"""Applications of frameworks, started by the command line and used by a client.

These are not among the ordinary tests: `cargo xtask frameworks` installs what they need.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import django as package_of_django
import pytest
import requests
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


ADMIN = Path(package_of_django.__file__).parent / "contrib" / "admin" / "static"


@pytest.fixture(params=["application", "wsgi"])
def django(request, database):
    name = f"{HERE / 'django_app.py'}:{request.param}"
    program = Foreign("uvloop", name, "--static", f"/static={ADMIN}")
    yield program
    code, log = program.stop()
    assert (code, "Traceback" in log) == (0, False), log


def test_django(django):
    assert json.loads(django.text("/")) == {"path": "/", "script": ""}
    body = bytes(range(256)) * 4000
    assert django.get("/echo", "POST", body).data == body
    assert django.text("/stream") == "one two"


class Person:
    """A client with cookies, which sends forms as a browser does."""

    def __init__(self, server):
        self.session = requests.Session()
        self.origin = f"http://{server.address[0]}:{server.address[1]}"

    def open(self, path):
        self.page = self.session.get(f"{self.origin}{path}", timeout=10)
        assert self.page.status_code == 200, self.page.text
        return self.page.text

    def submit(self, path, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page.text)[1]
        return self.session.post(
            f"{self.origin}{path}",
            {"csrfmiddlewaretoken": token, **fields},
            headers={"Referer": self.page.url},
            timeout=10,
        )


def test_the_admin_of_django(django):
    person = Person(django)
    assert "Log in" in person.open("/admin/")
    wrong = person.submit("/admin/login/", username="admin", password="wrong", next="/admin/")
    assert "Please enter the correct username and password" in wrong.text
    right = {"username": "admin", "password": "secret", "next": "/admin/"}
    assert "Site administration" in person.submit("/admin/login/", **right).text
    assert "Users" in person.open("/admin/auth/user/")
    person.open("/admin/auth/group/add/")
    # The database is the same for both interfaces.
    added = person.submit("/admin/auth/group/add/", name=f"readers at {person.origin}")
    assert "was added successfully" in added.text
    # Without the token, which another site does not have.
    forged = person.session.post(
        f"{person.origin}/admin/auth/group/add/", {"name": "a"}, timeout=10
    )
    assert forged.status_code == 403
    person.open("/admin/")
    person.submit("/admin/logout/")
    assert "Log in" in person.open("/admin/auth/user/")


def test_the_static_files_of_the_admin(django):
    person = Person(django)
    page = person.open("/admin/")
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    kinds = {path.rpartition(".")[2] for path in paths}
    assert kinds == {"css", "js"}
    for path in paths:
        person.open(path)
        assert person.page.content == (ADMIN / path.removeprefix("/static/")).read_bytes()
        kind = "text/css" if path.endswith(".css") else "text/javascript"
        assert person.page.headers["Content-Type"].partition(";")[0] == kind
        seen = {"If-None-Match": person.page.headers["ETag"]}
        again = person.session.get(f"{person.origin}{path}", headers=seen, timeout=10)
        assert (again.status_code, again.content) == (304, b"")


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


@pytest.fixture(params=["asyncio", "uvloop"])
def documented(request):
    # `cargo xtask frameworks` installs that.
    scripts = HERE.parents[3] / "target/frameworks/node/node_modules/swagger-ui-dist"
    program = Foreign(request.param, HERE / "fastapi_app.py", "--static", f"/ui={scripts}")
    yield program
    program.ends()


def test_the_documentation_of_fastapi_in_chromium(documented, tmp_path):
    url = f"http://{documented.address[0]}:{documented.address[1]}/docs"
    options = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
    # Not seconds: a clock of the browser, which stands still while it waits for responses.
    options += f" --virtual-time-budget=60000 --user-data-dir={tmp_path} --dump-dom"
    shown = subprocess.run(
        ["chromium", *options.split(), url], capture_output=True, text=True, check=True
    )
    # Made by the script, from the description of the application.
    assert 'data-path="/items/{number}"' in shown.stdout, shown.stderr
    assert "opblock opblock-get" in shown.stdout
