"""The examples that the behaviour suite does not run."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import HERE, Program
from frames import Client

EXAMPLES = HERE.parents[2] / "examples"


@pytest.fixture
def example():
    """Starts an example."""
    programs = []

    def start(script, *arguments):
        program = Program.__new__(Program)
        program.start(EXAMPLES / script, "127.0.0.1:0", *arguments)
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.process.returncode is None:
            program.stop()
        assert program.process.returncode == 0


def test_middleware_and_views(example):
    middleware = example("middleware.py")
    response = middleware.get("/")
    assert response.data.startswith(b"up for ")
    assert response.headers["Server-Timing"].startswith("app;dur=")
    assert middleware.text("/notes/7") == "note 7\n"
    put = middleware.text("/notes/7", method="PUT", body=b"Hello")
    assert put == "note 7 is now 5 bytes long\n"
    response = middleware.get("/notes/7", method="DELETE")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, PUT")
    assert middleware.get("/admin/").status == 401
    response = middleware.get("/admin", headers={"X-Token": "secret"})
    assert (response.data, response.headers["Server-Timing"]) == (b"welcome\n", None)


def test_an_asgi_application(example):
    asgi = example("asgi.py")
    assert asgi.text("/") == "Hello\n"
    assert asgi.text("/echo", method="POST", body=b"x" * 100_000) == "x" * 100_000
    client = Client(asgi.address, "/socket")
    client.send("hello")
    assert client.message() == "HELLO"
    client.close()


def test_workers_count_together(example):
    workers = example("workers.py", "2")
    assert workers.text("/later") == "see the log\n"
    paths = ["/count", "/blocking"] * 20
    with ThreadPoolExecutor(8) as clients:
        lines = list(clients.map(workers.text, paths))
    numbers = [int(line.partition(",")[0]) for line in lines]
    assert sorted(numbers) == list(range(1, 41))
    assert len({line.split()[-1] for line in lines[::2]}) == 2
    digest = workers.text("/digest", method="POST", body=b"data")
    assert digest == f"{hashlib.sha256(b'data').hexdigest()}\n"
    _, log = workers.stop()
    assert "a second later: a task that outlives its request" in log


FORM = (
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno file\r\n"
    b'--x\r\nContent-Disposition: form-data; name=f; filename="../up/one.txt"\r\n\r\n%s\r\n'
    b"--x\r\nContent-Disposition: form-data; name=f; filename=two\r\n\r\n\r\n--x--\r\n"
)


def test_uploads_are_saved_and_answered(example, tmp_path):
    uploads = example("uploads.py", str(tmp_path))
    content = bytes(range(256)) * 1000
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    options = {"method": "POST", "body": FORM % content, "headers": multipart}
    assert uploads.text("/files", **options) == "one.txt: 256000 bytes\ntwo: 0 bytes\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "one.txt": content,
        "two": b"",
    }
    again = uploads.get("/files", **options)
    assert (again.status, again.data) == (400, b"one.txt is there")
    lines = uploads.text("/lines", method="PUT", body=content).splitlines()
    assert lines[-1] == "256000 bytes, 1000 lines"


def test_redirects(example):
    redirects = example("redirects.py")
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    response = redirects.get("/notes", method="POST", body=b"text=Hello", headers=urlencoded)
    assert (response.status, response.headers["Location"]) == (303, "/notes")
    assert redirects.text("/notes") == "Hello\n"
    found = {
        path: (response.status, response.headers["Location"])
        for path in ("/old", "/upload", "/search/a%20b&c")
        for response in [redirects.get(path)]
    }
    assert found == {
        "/old": (301, "/notes"),
        "/upload": (308, "/notes"),
        "/search/a%20b&c": (302, "https://example.com/?q=a%20b%26c"),
    }


def test_modules_are_views(example):
    module_views = example("module_views/main.py")
    assert module_views.get("/note").status == 404
    assert module_views.text("/note", method="PUT", body=b"Hello") == "5 bytes\n"
    assert module_views.text("/note") == "Hello"
    response = module_views.get("/note", method="POST", body=b"")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, PUT, DELETE")
    assert module_views.get("/note", method="DELETE").status == 204
    assert module_views.get("/note").status == 404
    assert module_views.text("/status").startswith(f"process {module_views.process.pid}, ")


@pytest.mark.parametrize(
    ("folder", "passed"),
    [(EXAMPLES, "5 passed"), (EXAMPLES.parent / "docs/guide/samples", "1 passed")],
)
def test_tests_without_a_port(folder, passed):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "testing.py"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert passed in ran.stdout
