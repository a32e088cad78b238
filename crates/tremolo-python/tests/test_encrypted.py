"""TLS, as the reactor drives it; the sessions themselves are tested in `crates/tremolo-tls`."""

import asyncio
import hashlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
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


def make_client(folder, name):
    """An authority, and a certificate of it with its key."""
    paths = [str(folder / f"{name}.{part}") for part in ("ca", "cert", "key")]
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=authority"),
        *("-out", paths[0], "-keyout", paths[0] + ".key"),
    )
    openssl(
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/O=Example, Inc./CN={name}"),
        *("-addext", f"subjectAltName=DNS:{name}.example,email:{name}@a.example,IP:192.0.2.1"),
        *("-keyout", paths[2], "-out", paths[1] + ".request"),
    )
    openssl(
        *("x509", "-req", "-in", paths[1] + ".request", "-CA", paths[0], "-days", "9"),
        *("-CAkey", paths[0] + ".key", "-set_serial", "0x0abc", "-copy_extensions", "copy"),
        *("-out", paths[1]),
    )
    return paths


class Encrypted(Program):
    script = "encrypted.py"

    def __init__(self, loop, folder, **options):
        self.cert, self.key = make(folder, "localhost")
        options = json.dumps(options)
        super().__init__(loop, self.cert, self.key, PASSWORD, str(folder / "file"), options)

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


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_handlers_know_the_session(server, version):
    context = server.trusting()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version.replace(".", "_")]
    # A name in place of an address: clients do not ask for those by SNI.
    with server.handshake(context) as client:
        client.sendall(b"GET /tls HTTP/1.0\r\n\r\n")
        answer = client.recv(4096).decode().rpartition("\r\n\r\n")[2]
    assert re.fullmatch(rf"{version} TLS_\w+ localhost", answer)
    assert server.get("/certificate") == b"none"


def test_handlers_know_the_certificate_of_the_client(tmp_path):
    authority, cert, key = make_client(tmp_path, "alice")
    (tmp_path / "file").write_bytes(b"")
    server = Encrypted("asyncio", tmp_path, tls_client_ca=authority)
    context = server.trusting()
    context.load_cert_chain(cert, key)
    der = ssl.PEM_cert_to_DER_cert(pathlib.Path(cert).read_text())
    assert json.loads(server.get("/certificate", context=context)) == {
        "subject": "CN=alice,O=Example\\, Inc.",
        "common_name": "alice",
        "issuer": "CN=authority",
        "serial_number": "0ABC",
        "fingerprint": hashlib.sha256(der).hexdigest(),
        "alternative_names": [
            ["DNS", "alice.example"],
            ["email", "alice@a.example"],
            ["IP Address", "192.0.2.1"],
        ],
        "der": der.hex(),
    }
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        server.get("/certificate")
    code, log = server.stop()
    assert code == 0, log


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


@pytest.mark.parametrize("options", [{"tls_max_handshakes": 16}, {"max_connections": 64}])
def test_half_open_handshakes_keep_nobody_out(tmp_path, options):
    (tmp_path / "file").write_bytes(b"")
    server = Encrypted("asyncio", tmp_path, tls_handshake_timeout=60, **options)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    waiting = [socket.create_connection(server.address, timeout=10) for _ in range(1_000)]
    try:
        assert server.get("/scheme") == b"https True"
        # The oldest ones are closed.
        assert [client.recv(1) for client in waiting[:900]] == [b""] * 900
    finally:
        for client in waiting:
            client.close()
    code, log = server.stop()
    assert code == 0, log


def test_requests_without_encryption_are_redirected(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    options = {"hsts_max_age": 60, "hsts_subdomains": True}
    server = Encrypted("asyncio", tmp_path, plain={"https_redirect": 8443}, **options)
    plain = re.search(r"http://([\d.]+:\d+)", server.line)[1]
    client = http.client.HTTPConnection(plain, timeout=10)
    client.request("POST", "/echo?a=b", b"body", {"Host": "a.example:80"})
    answer = client.getresponse()
    assert answer.status == 308
    assert answer.getheader("Location") == "https://a.example:8443/echo?a=b"
    assert answer.getheader("Strict-Transport-Security") is None
    client.close()
    client = http.client.HTTPSConnection(*server.address, timeout=10, context=server.trusting())
    client.request("GET", "/scheme")
    field = client.getresponse().getheader("Strict-Transport-Security")
    assert field == "max-age=60; includeSubDomains"
    client.close()
    code, log = server.stop()
    assert code == 0, log


def test_certificates_are_loaded_again_on_a_signal(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    server = Encrypted("asyncio", tmp_path)
    insecure = ssl._create_unverified_context()

    def certificate():
        with server.handshake(insecure) as client:
            return client.getpeercert(True)

    before, is_over = certificate(), threading.Event()

    def load():
        count = 0
        while not is_over.is_set():
            assert server.get("/scheme", context=insecure) == b"https True"
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        clients = [pool.submit(load) for _ in range(2)]
        try:
            for _ in range(3):
                make(tmp_path, "localhost")
                server.process.send_signal(signal.SIGHUP)
                while certificate() == before:
                    pass
                before = certificate()
            pathlib.Path(server.key).write_text("")
            server.process.send_signal(signal.SIGHUP)
            # What cannot be used is reported, and changes nothing.
            assert certificate() == before
        finally:
            is_over.set()
        assert all(client.result() > 0 for client in clients)
    code, log = server.stop()
    assert code == 0, log
    assert "certificates were loaded again" in log
    assert "the old certificates remain: tls_key: " in log


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
