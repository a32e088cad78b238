"""The examples that the behaviour suite does not run."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import HERE, Program

EXAMPLES = HERE.parents[2] / "examples"


@pytest.fixture
def middleware():
    program = Program.__new__(Program)
    program.start(EXAMPLES / "middleware.py", "127.0.0.1:0")
    yield program
    code, log = program.stop()
    assert code == 0, log


def test_middleware_and_views(middleware):
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


@pytest.fixture
def workers():
    program = Program.__new__(Program)
    program.start(EXAMPLES / "workers.py", "127.0.0.1:0", "2")
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "a second later: a task that outlives its request" in log


def test_workers_count_together(workers):
    assert workers.text("/later") == "see the log\n"
    paths = ["/count", "/blocking"] * 20
    with ThreadPoolExecutor(8) as clients:
        lines = list(clients.map(workers.text, paths))
    numbers = [int(line.partition(",")[0]) for line in lines]
    assert sorted(numbers) == list(range(1, 41))
    assert len({line.split()[-1] for line in lines[::2]}) == 2
    digest = workers.text("/digest", method="POST", body=b"data")
    assert digest == f"{hashlib.sha256(b'data').hexdigest()}\n"
