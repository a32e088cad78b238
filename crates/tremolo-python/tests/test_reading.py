"""Reading a body as only Python does: options, time limits, cancellation, several tasks."""

import ast

import pytest
from conftest import LOOPS, Program
from test_forms import TYPE, multipart
from tremolo import Application


class Reading(Program):
    script = "reading.py"


@pytest.fixture(scope="module", params=LOOPS)
def reading(request):
    program = Reading(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never awaited" not in log, log
    assert "never retrieved" not in log, log


URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
CHUNKED = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


def in_two(server, path, first, second):
    """Sends a body of ten bytes in two packets, the second when the first has been read, and
    `/poke` was asked for; gives the body of the answer."""
    with server.connect() as client:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
        client.sendall(f"{head}Content-Length: 10\r\n\r\n".encode())
        # The handler reads.
        assert client.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(first)
        # The server reads all that has arrived with a request before it responds. A handler that
        # waits for it continues before the next request.
        server.get("/getlist")
        server.get("/poke")
        client.sendall(second)
        return receive(client)


def receive(client):
    answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), answer
    return body


@pytest.mark.parametrize(
    ("path", "fits", "says"),
    [("/small", 5, "5 of 10"), ("/own", 10, "10 of 10"), ("/large", 3 << 20, "3145728 of 10")],
)
def test_each_route_may_have_its_own_limit(reading, path, fits, says):
    assert reading.text(path, method="POST", body=b"x" * fits) == says
    for body in (b"x" * (fits + 1), iter([b"x" * fits, b"x"])):
        assert reading.get(path, method="POST", body=body).status == 413


@pytest.mark.parametrize("limit", ["1", 1.5, -1, 1 << 64])
def test_a_limit_that_is_none_is_refused_where_it_is_written(limit):
    async def handler():
        pass

    async def own(client_max_body_size=limit):
        pass

    with pytest.raises((TypeError, ValueError), match="client_max_body_size"):
        Application().route("/", client_max_body_size=limit)(handler)
    with pytest.raises((TypeError, ValueError), match="client_max_body_size"):
        Application().route("/")(own)


def test_a_read_that_runs_out_of_time_loses_nothing(reading):
    with reading.connect() as client:
        client.sendall(b"POST /late HTTP/1.0\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        seen = b""
        # All that is there: the second read has given back what the first one had.
        while not seen.endswith(b"late|012|34"):
            piece = client.recv(1 << 16)
            assert piece, seen
            seen += piece
        client.sendall(b"56789")
        assert client.recv(1 << 16) == b"|5678"


def test_a_stream_has_a_time_limit_for_each_piece(reading):
    with reading.connect() as client:
        client.sendall(b"POST /late-stream HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 408 ")


def test_a_read_that_is_cancelled_loses_nothing(reading):
    assert in_two(reading, "/cancelled", b"01234", b"56789") == b"cancelled|0123456789"


def test_what_is_left_of_a_body_stays_in_order(reading):
    with reading.connect() as client:
        client.sendall(b"POST /cancelled-often HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
        client.sendall(b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
        assert client.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        for pieces in ((b"012", b"34"), (b"56", b"7")):
            for piece in pieces:
                client.sendall(piece)
                reading.get("/getlist")
            reading.get("/poke")
        client.sendall(b"89")
        assert receive(client) == b"01|234|56789"


def test_a_body_takes_memory_as_it_comes_and_not_as_it_is_announced(reading):
    """And it is gathered where it stays: what has come is there, once."""
    size = 1 << 20
    with reading.connect() as client:
        client.sendall(f"POST /announced?{size} HTTP/1.1\r\nHost: x\r\n".encode())
        client.sendall(f"Content-Length: {1 << 30}\r\nConnection: close\r\n\r\n".encode())
        client.sendall(bytes(size))
        assert size <= int(receive(client)) < 2 * size


def test_a_body_of_a_length_that_was_told_leaves_no_room(reading):
    assert int(reading.text("/left-room", method="POST", body=bytes(1 << 20))) < 100


def test_two_tasks_may_wait_for_the_whole_body(reading):
    assert in_two(reading, "/two-bodies", b"01234", b"56789") == b"0123456789"


def test_two_tasks_that_read_get_whole_pieces(reading):
    pieces = in_two(reading, "/two-reads", b"012", b"3456789").split(b"|")
    assert sorted(pieces) == [b"01234", b"56789"]


def test_raw_bodies_have_their_chunks(reading):
    for path, answer in [
        (b"/raw", b"2\r\nab\r\n3;x\r\ncde\r\n0\r\nx-a: 1\r\n\r\n"),
        (b"/recv", b"2\r\na|b\r\n3;x\r\ncde\r\n0\r\nx-a: 1\r\n\r\n"),
    ]:
        with reading.connect() as client:
            client.sendall(CHUNKED % path + answer.replace(b"|", b""))
            assert receive(client) == answer


def test_a_body_that_stalls_is_a_timeout_of_the_request():
    program = Reading("asyncio", "0.1")
    with program.connect() as client:
        client.sendall(b"POST /own HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 408 ")
    assert program.stop()[0] == 0


def test_a_thread_may_read_parts_piece_by_piece(reading):
    body = multipart(('name="a"', b"0123456789"), ('name="b"', b"x"))
    assert reading.text("/in-thread", method="POST", body=body, headers=TYPE) == "0123456789|x|"


def test_trailers_are_there_when_the_body_has_been_read(reading):
    with reading.connect() as client:
        client.sendall(CHUNKED % b"/trailers" + b"1\r\na\r\n0\r\nX-B: 1\r\nx-a:2\r\n\r\n")
        seen = ast.literal_eval(receive(client).decode())
    assert seen == ([], [(b"x-b", b"1"), (b"x-a", b"2")])


def test_lists_keep_the_order_of_the_wire(reading):
    with reading.connect() as client:
        fields = b"X-List: b, a\r\nx-list: c,,  a\r\nConnection: close\r\n"
        client.sendall(b"GET /getlist HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
        assert receive(client) == b"b,a,c,a"


FORM = multipart(
    ('name="a"', b"1"), ('name="f"; filename="x"', b"2"), ('name="g"; filename=""', b"")
)


def test_a_form_is_read_once_and_kept(reading):
    seen = reading.text("/form-twice", method="POST", body=b"a=1&b=", headers=URLENCODED)
    assert ast.literal_eval(seen) == ({"a": ["1"]}, [], 6)
    seen = reading.text("/form-twice", method="POST", body=FORM, headers=TYPE)
    # A file input in which nothing was chosen is left out.
    assert ast.literal_eval(seen) == ({"a": ["1"]}, ["f"], 0)


def test_a_form_may_be_made_of_a_body_that_was_read(reading):
    seen = reading.text("/form-after-body", method="POST", body=b"a=1", headers=URLENCODED)
    assert ast.literal_eval(seen) == (3, {"a": ["1"]}, [])
    seen = reading.text("/form-after-body", method="POST", body=FORM, headers=TYPE)
    assert ast.literal_eval(seen) == (len(FORM), {"a": ["1"]}, ["f"])


def test_forms_have_limits_of_their_own(reading):
    def ask(body, kind):
        return reading.get("/form-limit", method="POST", body=body, headers=kind).status

    fits = b"a=" + b"x" * 198
    for body, status in [(fits, 200), (fits + b"x", 413), (b"a=1&b=2", 200), (b"a&b&c", 413)]:
        assert ask(body, URLENCODED) == status
        assert ask(iter([body]), URLENCODED) == status
    for size, status in [(1, 200), (200, 413)]:
        assert ask(multipart(('name="a"', b"x" * size)), TYPE) == status
        assert ask(iter([multipart(('name="a"', b"x" * (size + 1)))]), TYPE) == status


def test_another_content_type_is_a_bad_request_with_a_status_of_its_own(reading):
    assert reading.text("/not-a-form", method="POST", body=b"a=1").startswith("415 expected ")


def test_a_second_call_goes_on_where_the_first_has_stopped(reading):
    assert reading.text("/files-twice", method="POST", body=FORM, headers=TYPE) == "a,f,g"


def test_a_part_can_be_read_until_the_next_one_is_asked_for(reading):
    body = multipart(('name="a"', b"0123456789"), ('name="b"', b""))
    seen = reading.text("/part-late", method="POST", body=body, headers=TYPE)
    assert seen == "b'01' b'23456789' b another part has been asked for"
