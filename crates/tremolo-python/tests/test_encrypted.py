"""TLS, as the reactor drives it; the sessions themselves are tested in `crates/tremolo-tls`."""

import asyncio
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import LOOPS, Program, rest_of
from tremolo import Application

PASSWORD = "a long password"
CONTENT = os.urandom(3 << 20)

if not shutil.which("openssl"):
    pytest.skip("the program openssl makes the certificates", allow_module_level=True)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make(folder, name):
    """A certificate, and its key, which is encrypted."""
    paths = [str(folder / f"{name}.{part}") for part in ("cert", "key")]
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-days", "9", "-passout", f"pass:{PASSWORD}"),
        *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"),
        *("-out", paths[0], "-keyout", paths[1]),
    )
    return paths


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    (folder / "file").write_bytes(CONTENT)
    return folder


class Encrypted(Program):
    script = "encrypted.py"

    def __init__(self, loop, folder):
        self.cert, self.key = make(folder, "localhost")
        super().__init__(loop, self.cert, self.key, PASSWORD, str(folder / "file"))

    def trusting(self):
        context = ssl.create_default_context(cafile=self.cert)
        context.check_hostname = False
        return context

    def get(self, path, body=None, context=None):
        context = context or self.trusting()
        client = http.client.HTTPSConnection(*self.address, timeout=10, context=context)
        try:
            client.request("GET", path, body)
            return client.getresponse().read()
        finally:
            client.close()

    def handshake(self, context=None, session=None):
        raw = socket.create_connection(self.address, timeout=10)
        context = context or self.trusting()
        return context.wrap_socket(raw, server_hostname="localhost", session=session)


@pytest.fixture(scope="module", params=LOOPS)
def server(request, folder):
    program = Encrypted(request.param, folder)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "Traceback" not in log, log


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_bodies_and_files_are_encrypted(server, version):
    context = server.trusting()
    context.minimum_version = context.maximum_version = version
    assert server.get("/scheme", context=context) == b"https True"
    assert server.get("/echo", CONTENT, context) == CONTENT
    assert server.get("/file", context=context) == CONTENT


def test_many_clients_at_once(server):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(server.get, ["/file"] * 16)) == [CONTENT] * 16


def test_alpn_and_resumption(server):
    context = server.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    with server.handshake(context) as first:
        assert first.selected_alpn_protocol() == "http/1.1"
        session = first.session
    with server.handshake(context, session) as second:
        assert second.session_reused


def test_plain_http_gets_a_readable_answer(server):
    with socket.create_connection(server.address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with client.makefile("rb") as answer:
            text = answer.read()
    assert text.startswith(b"HTTP/1.1 400 ")
    assert b"this port expects HTTPS" in text


def test_the_end_of_a_connection_is_reported(server):
    with server.handshake() as client:
        client.sendall(b"GET /scheme HTTP/1.0\r\n\r\n")
        answer = b""
        # Without `close_notify` this is an `SSLEOFError`.
        while piece := client.recv(4096):
            answer += piece
    assert answer.endswith(b"https True")


def test_a_handshake_has_its_time(server):
    with socket.create_connection(server.address, timeout=10) as client:
        client.sendall(b"\x16\x03\x01")
        assert client.recv(1) == b""


def test_half_open_handshakes_keep_nobody_out(server):
    waiting = [socket.create_connection(server.address, timeout=10) for _ in range(200)]
    try:
        assert server.get("/scheme") == b"https True"
    finally:
        for client in waiting:
            client.close()


def test_changed_files_are_loaded_again(server, folder):
    with server.handshake() as old:
        before = old.getpeercert(True)
        make(folder, "localhost")
        while True:
            with server.handshake(ssl._create_unverified_context()) as new:
                if new.getpeercert(True) != before:
                    break
        # The open connection is not disturbed.
        old.sendall(b"GET /scheme HTTP/1.0\r\n\r\n")
        assert old.recv(4096).startswith(b"HTTP/1.0 200 ")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"password": None}, "tls_key: .*the key is encrypted: set `tls_key_password`"),
        ({"password": "wrong"}, "tls_key: .*does not open the key"),
        ({"key": "other.key"}, "tls_key: .*the key does not belong to the certificate"),
        ({"cert": "none.pem"}, "tls_cert: .*No such file"),
        ({"cert": "file"}, "tls_cert: .*no certificate in PEM format"),
        ({"cert": None}, "ssl: `cert` is missing"),
        ({"chain": "x"}, 'ssl: "chain" is unknown'),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(folder, change, text):
    cert, key = make(folder, "single")
    make(folder, "other")
    named = {name: value for name, value in change.items() if value and name != "password"}
    files = {name: str(folder / value) for name, value in named.items()}
    options = {"cert": cert, "key": key, "password": PASSWORD, **change, **files}
    with pytest.raises((ValueError, OSError)) as error:
        asyncio.run(Application().serve("127.0.0.1:0", ssl=options))
    assert re.search(text, str(error.value))
    assert "\n" not in str(error.value)


def test_the_header_of_a_proxy_comes_before_the_handshake(folder, monkeypatch):
    monkeypatch.setenv("TREMOLO_PROXY_PROTOCOL", "true")
    program = Encrypted(LOOPS[0], folder)
    with program.connect() as plain:
        plain.sendall(b"PROXY TCP4 203.0.113.7 192.0.2.2 56324 443\r\n")
        context = program.trusting()
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            client.sendall(b"GET /ip HTTP/1.0\r\n\r\n")
            assert rest_of(client).endswith(b"\r\n\r\n203.0.113.7")
    code, log = program.stop()
    assert code == 0, log
