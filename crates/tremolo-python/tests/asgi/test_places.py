"""Where an ASGI application is: behind a proxy, below a prefix, on a Unix socket, in workers."""

import ast
import http.client
import shutil
import socket
import ssl
import subprocess

import pytest
from conftest import LOOPS, until
from serving import Asgi, server_of

proxied = server_of("app.py", "--root-path", "/api/")
mounted = server_of("places.py:outer")


def test_the_root_path_is_put_in_front_of_the_path(proxied):
    scope = ast.literal_eval(proxied.text("/scope/x"))
    assert (scope["root_path"], scope["path"]) == ("/api", "/api/scope/x")
    assert scope["raw_path"] == b"/scope/x"


def test_prefixes_are_added_and_stay_in_the_path(mounted):
    scope = ast.literal_eval(mounted.text("/one/two/scope/x"))
    assert (scope["root_path"], scope["path"]) == ("/one/two", "/one/two/scope/x")
    scope = ast.literal_eval(mounted.text("/proxied/scope"))
    assert (scope["root_path"], scope["path"]) == ("/api/proxied", "/api/proxied/scope")


def test_scopes_of_repeated_requests_are_their_own(mounted):
    """Objects of earlier requests are used again: equal names and values, in any combination."""
    long = "y" * 1000
    lines = ["X-A: 1", "x-a: 1", "X-A: 2", "X-B: 1", "Cookie: a=1", f"X-Long: {long}", "X-A1:"]
    lines += lines
    expected = [
        (name.lower().encode(), value.strip().encode())
        for name, _, value in (line.partition(":") for line in lines)
    ]
    for path in ("/one/two/a", "/one/two/%61", "/one/two/a", f"/one/two/{long}"):
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        answer = mounted.exchange((head + "\r\n".join(lines) + "\r\n\r\n").encode())
        scope = ast.literal_eval(answer.partition(b"\r\n\r\n")[2].decode())
        assert scope["headers"][2:] == expected
        assert scope["raw_path"] == path.encode()
        assert scope["path"] == path.replace("%61", "a")


def test_a_scope_in_a_cycle_is_released(mounted):
    assert [mounted.text("/cycle") for _ in range(5)] == ["0"] * 5


@pytest.mark.parametrize("loop", LOOPS)
def test_a_unix_socket_has_a_path_and_its_clients_have_no_address(loop, tmp_path):
    path = str(tmp_path / "s.sock")
    program = Asgi.__new__(Asgi)
    program.find_address = lambda: program.process.stdout.readline()
    program.start_with(["app.py", "--bind", path, "--loop", loop])
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(b"GET /scope HTTP/1.0\r\n\r\n")
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
    scope = ast.literal_eval(answer.partition(b"\r\n\r\n")[2].decode())
    assert (scope["server"], scope["client"]) == ((path, None), None)
    program.ends()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_can_be_started_with_any_method(method):
    program = Asgi.__new__(Asgi)
    program.start("asgi/places.py", method)
    pids = set()

    def ask():
        connection = http.client.HTTPConnection(*program.address, timeout=10)
        connection.request("GET", "/pid")
        pids.add(connection.getresponse().read())
        connection.close()
        return len(pids) == 2

    until(ask)
    code, log = program.stop()
    assert (code, log) == (0, "")


@pytest.mark.skipif(not shutil.which("openssl"), reason="the program openssl makes certificates")
@pytest.mark.parametrize(("version", "number"), [("TLSv1_2", 0x0303), ("TLSv1_3", 0x0304)])
def test_an_encrypted_connection_is_described(tmp_path, version, number):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(
        [*"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(),
         "-subj", "/CN=x", "-addext", "subjectAltName=DNS:x", "-out", cert, "-keyout", key],
        check=True, capture_output=True,
    )  # fmt: skip
    program = Asgi("asyncio", "app.py", "--ssl-cert", cert, "--ssl-key", key)
    context = ssl.create_default_context(cafile=cert)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with context.wrap_socket(program.connect(), server_hostname="x") as client:
        client.sendall(b"GET /scope HTTP/1.0\r\n\r\n")
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
        name = client.cipher()[0]
    scope = ast.literal_eval(answer.partition(b"\r\n\r\n")[2].decode())
    assert scope["scheme"] == "https"
    tls = scope["extensions"]["tls"]
    ciphers = {cipher["name"]: cipher["id"] & 0xFFFF for cipher in context.get_ciphers()}
    assert (tls["tls_version"], tls["cipher_suite"]) == (number, ciphers[name])
    assert (tls["server_cert"], tls["client_cert_chain"]) == (None, ())
    program.ends()
