"""Files, as far as only Python has it: exceptions, executors, threads, names. The rest is tested by
the behaviour suite, with `examples/files.py`."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tremolo
from conftest import LOOPS, Program
from tremolo import Application, StaticFiles, exceptions
from tremolo._files import not_opened

CONTENT = bytes(range(100))


class Sending(Program):
    script = "sending.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.bin")).write_bytes(CONTENT)
    for name in ("logo.svgz", "data.tar.gz", "data.tgz"):
        (folder / name).write_bytes(CONTENT)
    (folder / "inner").mkdir()
    (folder / "inner" / "odd").write_bytes(b"index")
    os.mkfifo(folder / "fifo")
    (folder / "secret").touch(mode=0)
    with open(folder / "long.bin", "wb") as file:
        file.truncate(64 << 20)
    return folder


@pytest.fixture(scope="module", params=LOOPS)
def sending(request, folder):
    program = Sending(request.param, str(folder))
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log
    assert "Traceback" not in log, log


@pytest.mark.parametrize("kind", ["str", "bytes", "like-str", "like-bytes", "pathlib"])
def test_a_path_is_whatever_python_takes_for_one(sending, kind):
    response = sending.get(f"/path?{kind}")
    assert response.data == CONTENT
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_what_is_no_path_is_an_error_of_the_handler(sending):
    assert sending.text("/path?none") == "TypeError"
    assert sending.text("/path?nul") == "OSError"


@pytest.mark.parametrize(
    ("offset", "count", "expected"),
    [
        (10, 5, CONTENT[10:15]),
        (0, 0, b""),
        (10, -1, CONTENT[10:]),
        (-10, 5, CONTENT[:5]),
        (90, 1 << 62, CONTENT[90:]),
        (1000, 5, b""),
    ],
)
def test_a_slice_is_exact_and_clamped(sending, offset, count, expected):
    response = sending.get(f"/slice?of={offset},{count}")
    assert (response.status, response.data) == (200, expected)
    assert response.headers["Content-Type"] == "text/x-part"
    assert response.headers["Content-Length"] == str(len(expected))


@pytest.mark.parametrize(
    ("name", "thread"), [("pool", "noting_0"), ("loop", "own_0"), ("future", "own_0")]
)
def test_a_cold_file_is_opened_on_the_executor_and_a_warm_one_at_once(sending, name, thread):
    assert sending.get(f"/executor?{name},warm").data == CONTENT
    assert sending.text("/executed") == ""
    assert sending.get(f"/executor?{name},cold").data == CONTENT
    assert sending.text("/executed") == thread
    assert sending.get(f"/executor?{name},missing").status == 404
    assert sending.text("/executed") == thread


@pytest.mark.parametrize("name", ["none", "of-handlers"])
def test_plain_handlers_that_all_wait_for_a_file_get_it(sending, name):
    assert sending.get(f"/executor?{name},cold").data == CONTENT
    with ThreadPoolExecutor(8) as clients:
        responses = list(clients.map(lambda _: sending.get("/plain"), range(24)))
    assert all(response.data == CONTENT for response in responses)
    assert {response.headers["X-Thread"] for response in responses} == {"tremolo-1", "tremolo-2"}
    assert sending.text("/plain-missing") == "2 True"


@pytest.mark.parametrize("kind", ["warm", "cold"])
@pytest.mark.parametrize(
    ("target", "said", "number"),
    [("nothing", "no such file", 2), ("inner", "is a folder", 21), ("fifo", "not a regular", 6)],
)
def test_what_is_no_file_is_two_exceptions_in_one(sending, kind, target, said, number):
    text, errno, named, bases = sending.text(f"/error?{kind},{target}").split("|")
    assert said in text
    assert "/" not in text
    assert (errno, named) == (str(number), "True")
    assert {"NotFound", "HTTPException", "FileNotFoundError", "OSError"} <= set(bases.split(","))


def test_what_may_not_be_read_is_two_exceptions_in_one(sending):
    error = not_opened(403, 13, "may not be read", "/srv/secret")
    assert isinstance(error, exceptions.Forbidden)
    assert isinstance(error, PermissionError)
    assert (error.errno, error.filename, error.code) == (13, "/srv/secret", 403)
    assert "srv" not in str(error)
    assert "srv" not in repr(error)
    if os.geteuid() != 0:
        assert "PermissionError" in sending.text("/error?warm,secret")


def test_a_failure_of_the_system_is_no_answer_but_an_exception():
    error = not_opened(500, 24, "cannot be opened", "/srv/film")
    assert type(error) is OSError
    assert error.errno == 24


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("Range", "bytes=100-", "RangeNotSatisfiable 416 [(b'Content-Range', b'bytes */100')]"),
        ("If-Match", '"other"', "PreconditionFailed 412 []"),
    ],
)
def test_what_is_refused_is_raised_before_anything_is_sent(sending, field, value, expected):
    assert sending.text("/refused", headers={field: value}) == expected


def test_the_page_of_a_status_goes_out_with_the_fields_of_the_refusal(sending):
    response = sending.get("/ranged", headers={"Range": "bytes=100-"})
    assert (response.status, response.data) == (416, b"page for 416")
    assert response.headers["Content-Range"] == "bytes */100"
    assert response.headers["Connection"] == "keep-alive"
    assert response.headers["X-Own"] is None


def test_what_was_set_before_goes_out_with_the_file(sending):
    response = sending.get("/ranged", headers={"Range": "bytes=10-19"})
    assert (response.status, response.data) == (206, CONTENT[10:20])
    assert response.headers["X-Own"] == "1"
    assert response.headers["Set-Cookie"].startswith("a=b")
    # RFC 9110 section 14.2: only GET has ranges.
    for fields in ({}, {"Range": "bytes=10-19"}, {"Range": "bytes=100-"}):
        head = sending.get("/ranged", method="HEAD", headers=fields)
        assert (head.status, head.data, head.headers["X-Own"]) == (200, b"", "1")
        assert head.headers["Content-Length"] == "100"


def test_after_a_piece_the_file_is_the_rest_of_the_body(sending):
    assert sending.get("/rest").data == b"before " + CONTENT


def test_slow_downloads_take_no_thread_and_no_memory(sending):
    memory, threads = map(int, sending.text("/numbers").split())
    clients = []
    try:
        for _ in range(200):
            client = sending.connect()
            clients.append(client)
            client.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(64).startswith(b"HTTP/1.1 200 OK\r\n")
        assert sending.text("/hello") == "Hello World!"
        memory_now, threads_now = map(int, sending.text("/numbers").split())
    finally:
        for client in clients:
            client.close()
    # In KiB: the connections, and nothing of 12 GiB of files.
    assert memory_now - memory < 16 << 10
    assert threads_now - threads <= FETCHERS


#: What fetches from a disk, if anything is to be fetched.
FETCHERS = 4


def test_a_folder_has_names_in_any_encoding_and_pages_of_the_application(sending):
    response = sending.get("/static/%ff.bin")
    assert response.data == CONTENT
    assert response.headers["Cache-Control"] == "max-age=60"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert sending.get("/own/%ff.bin").headers["Content-Type"] == "x/y"
    assert sending.text("/static/inner/") == "index"
    response = sending.get("/own/nothing")
    assert (response.status, response.data) == (404, b"page for 404: Not Found")
    assert sending.get("/static/nothing").status == 404
    assert sending.get("/static/inner").headers["Location"] == "./inner/"
    assert sending.get("/static/inner/odd", method="POST").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("name", "kind", "coding"),
    [
        ("logo.svgz", "image/svg+xml", "gzip"),
        ("data.tar.gz", "application/gzip", None),
        ("data.tgz", "application/gzip", None),
    ],
)
def test_a_compressed_file_has_its_type(sending, name, kind, coding):
    """RFC 9110 sections 8.3 and 8.4."""
    for accepted in ("br, gzip", "identity"):
        response = sending.get(f"/static/{name}", headers={"Accept-Encoding": accepted})
        assert (response.status, response.data) == (200, CONTENT)
        assert response.getheader("Content-Type") == kind
        assert response.getheader("Content-Encoding") == coding


def test_what_cannot_be_mounted_is_refused_at_once(tmp_path):
    app = Application()
    for other in (str(tmp_path), None):
        with pytest.raises(ValueError, match="StaticFiles"):
            app.mount("/static", other)
    for prefix in ("static", "", "/static?a", "/" + "a" * 255, "/{tenant}", "/:tenant"):
        with pytest.raises(ValueError, match="prefix"):
            app.mount(prefix, StaticFiles(tmp_path))
    for wrong in ({"path": None}, {"listing_limit": -1}, {"index_files": "index.html"}):
        with pytest.raises((TypeError, OverflowError)):
            StaticFiles(**{"path": tmp_path, **wrong})
    with pytest.raises(ValueError, match="content_types"):
        StaticFiles(tmp_path, content_types={"x": "a\r\nb: c"})
    assert tremolo.StaticFiles is StaticFiles


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ('"missing-folder"', 1, "tremolo: missing-folder: the folder cannot be served: no such"),
        ('".", index_files=["a/b"]', 1, "ValueError: .: an index file is a name without slashes"),
        ('".", cache_control="a\\n"', 1, "ValueError: .: cache_control is no field value"),
    ],
)
def test_a_folder_that_cannot_be_served_keeps_the_server_from_starting(files, code, said):
    program = f"""
from tremolo import Application, StaticFiles
app = Application()
app.mount("/", StaticFiles({files}))
app.run("127.0.0.1", 0)
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == code
    assert said in done.stderr
    assert "listens" not in done.stdout
