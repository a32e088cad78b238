"""Where a server listens, what each listener has of its own, and why it does not listen."""

import asyncio
import contextlib
import errno
import json
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HERE, rest_of
from tremolo import Application

V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([203, 0, 113, 8, 192, 0, 2, 1, 220, 4, 1, 187])
REQUEST = b"GET /client HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def exchange(address, data):
    kind = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(kind) as client:
        client.settimeout(10)
        client.connect(address)
        client.sendall(data)
        seen = rest_of(client)
    return seen.partition(b"\r\n\r\n")[2].decode()


def ports(program):
    return [int(port) for port in re.findall(r"http://127.0.0.1:(\d+)", program.line)]


def test_listens_in_several_places_and_says_so(run, tmp_path):
    path = str(tmp_path / "a.sock")
    program = run([0, None, {}], [0, "localhost", {}], [path, None, {"unix_socket_mode": 0o600}])
    found = ports(program)
    # The place of `run` is that of the first listener, which has no host of its own.
    assert len(set(found)) == len(found) == 2
    assert re.fullmatch(rf"Tremolo \S+ listens on .*, {path} \(1 worker\)\n", program.line)
    for port in found:
        assert exchange(("127.0.0.1", port), REQUEST).endswith(") 127.0.0.1")
    assert exchange(path, REQUEST) == "None "
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert program.stop() == (0, "")
    assert not Path(path).exists(), "nothing is left behind"


def test_run_needs_no_host_after_listen(run):
    program = run([0, "127.0.0.1", {}], host=None)
    assert exchange(program.address, REQUEST).endswith("127.0.0.1")


def test_the_file_of_another_server_stays(run, tmp_path):
    path = tmp_path / "a.sock"
    program = run([str(path), None, {}])
    path.unlink()
    path.write_text("of somebody else")
    assert program.stop() == (0, "")
    assert path.read_text() == "of somebody else"


def test_the_socket_of_a_successor_stays(run, tmp_path):
    path = tmp_path / "a.sock"
    old = run([str(path), None, {}])
    path.unlink()
    new = run([str(path), None, {}])
    assert old.stop() == (0, "")
    assert exchange(str(path), REQUEST) == "None "
    assert new.stop() == (0, "")
    assert not path.exists()


def test_a_stale_socket_is_replaced_and_one_in_use_is_refused(run, tmp_path):
    path = str(tmp_path / "a.sock")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(path)
    run([path, None, {}])
    with pytest.raises(OSError, match="another server listens on this socket") as raised:
        asyncio.run(Application().serve(path))
    assert raised.value.errno == errno.EADDRINUSE
    assert exchange(path, REQUEST) == "None "


def test_few_descriptors_are_shared_out_and_said_at_the_start():
    command = [sys.executable, "-W", "error", str(HERE / "runtime" / "app.py")]
    limited = ["sh", "-c", 'ulimit -n 64 && exec "$0" "$@"', *command]
    program = subprocess.Popen(
        [*limited, "asyncio", "[]", '{"port": 0}'],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    port = int(re.search(r":(\d+)", program.stdout.readline())[1])
    with contextlib.ExitStack() as clients:
        for _ in range(48):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            client.sendall(REQUEST.replace(b"close", b"keep-alive"))
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    program.terminate()
    _, log = program.communicate(timeout=20)
    assert program.returncode == 0, log
    assert re.fullmatch(r".* WARNING: .* is 64, 16 are reserved, .* limited to 48\n", log), log


@pytest.mark.parametrize(("header", "ip"), [(V1, "203.0.113.7"), (V2, "203.0.113.8")])
def test_the_client_is_the_one_that_the_proxy_names(run, header, ip):
    program = run(proxy_protocol=True)
    assert exchange(program.address, header + REQUEST) == f"('{ip}', 56324) {ip}"
    # A client behind the proxy is no proxy.
    forged = REQUEST.replace(b"Host", b"X-Forwarded-For: 6.6.6.6\r\nHost")
    assert exchange(program.address, header + forged).endswith(f" {ip}")


def test_a_stranger_may_not_speak_for_others(run):
    program = run(proxy_protocol=True, trusted_proxies="192.0.2.0/24")
    assert exchange(program.address, V1 + REQUEST).endswith(") 127.0.0.1")


def test_listeners_have_options_of_their_own(run, tmp_path):
    path = str(tmp_path / "a.sock")
    program = run([path, None, {"proxy_protocol": True, "client_max_header_size": 64}])
    assert exchange(path, V1 + REQUEST).endswith(" 203.0.113.7")
    long = REQUEST.replace(b"Host", b"X: " + b"x" * 64 + b"\r\nHost")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(V1 + long)
        assert rest_of(client).startswith(b"HTTP/1.1 431 ")
    assert exchange(program.address, long).endswith(" 127.0.0.1")


def test_listen_tells_whether_it_is_news():
    app = Application()
    assert app.listen(8000) is True
    assert app.listen(8000) is False
    assert app.listen(8000, "::1", proxy_protocol=True) is True
    assert app.listen(8000, host="::1") is False
    assert app.listen("a.sock") is True
    assert app.listen(Path("a.sock")) is False


@pytest.mark.parametrize("name", ["max_connections", "shutdown_timeout", "anything"])
def test_what_a_listener_cannot_have_of_its_own_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name}: not an option of a single listener"):
        Application().listen(8000, **{name: 1})


def test_what_has_no_effect_yet_is_refused_of_a_listener_too():
    with pytest.raises(ValueError, match=r"experimental=.*no effect yet"):
        Application().listen(8000, experimental=True)


@pytest.mark.parametrize("port", [-1, 65536, True])
def test_a_port_is_a_small_number(port):
    with pytest.raises(ValueError, match="port: 0 to 65535"):
        Application().listen(port)
    with pytest.raises(ValueError, match="port: 0 to 65535"):
        Application().run("127.0.0.1", port)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, ValueError, "host: where to listen"),
        ({"host": "::1", "buffer_size": 1}, ValueError, "buffer_size: must be at least 1024"),
        ({"host": "::1", "buffer_size": "big"}, TypeError, "buffer_size: "),
        ({"host": "::1", "request_timeout": -1}, ValueError, "request_timeout: "),
        ({"host": "::1", "shutdown_timeout": -1}, ValueError, "shutdown_timeout: "),
        ({"host": "::1", "shutdown_timeout": "x"}, TypeError, "shutdown_timeout: "),
        ({"host": "::1", "trusted_proxies": ["x"]}, ValueError, "trusted_proxies: "),
        ({"host": "::1", "thread_pool_size": 0}, ValueError, "thread_pool_size: must be"),
        ({"host": "::1", "log_level": "LOUD"}, ValueError, "LOUD"),
    ],
)
def test_bad_options_are_refused_at_the_start(options, error, text):
    with pytest.raises(error, match=text):
        Application().run(**options)


def taken():
    other = socket.create_server(("127.0.0.1", 0))
    return other, other.getsockname()[1]


def refusals():
    return [
        ("127.0.0.1", None, "in use"),
        ("no-such-host.invalid", 8000, "not an address to listen on"),
        ("192.0.2.1", 8000, "cannot listen on 192.0.2.1:8000: "),
        ("/nonexistent/a.sock", 0, "cannot listen on /nonexistent/a.sock: No such file"),
        # What not even root may.
        ("/proc/a.sock", 0, "cannot listen on /proc/a.sock: "),
    ]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(("host", "port", "text"), refusals())
def test_who_cannot_listen_says_so_in_a_line_and_fails(loop, host, port, text):
    other, free = taken()
    with other:
        options = {"host": host, "port": free if port is None else port}
        app = Path(__file__).parent / "app.py"
        result = subprocess.run(
            [sys.executable, "-W", "error", app, loop, "[]", json.dumps(options)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert result.returncode == 1
    assert result.stdout == ""
    assert re.fullmatch(rf"tremolo: .*{re.escape(text)}.*\n", result.stderr), result.stderr


def test_run_in_a_running_loop_names_the_way_out():
    async def main():
        Application().run("127.0.0.1", 0)

    with pytest.raises(RuntimeError, match=r"inside a running event loop.*await app\.serve\("):
        asyncio.run(main())


def test_serve_raises_what_the_system_says_and_listens_nowhere(tmp_path):
    other, port = taken()
    path = tmp_path / "a.sock"
    with other:
        served = Application().serve(str(path), f"127.0.0.1:{port}")
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}") as raised:
            asyncio.run(served)
    assert raised.value.errno == errno.EADDRINUSE
    assert not path.exists()
