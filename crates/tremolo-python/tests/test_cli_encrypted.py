"""TLS with the names of uvicorn and gunicorn for certificates."""

import http.client
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys

import pytest

PASSWORD = "a long password"

if not shutil.which("openssl"):
    pytest.skip("the program openssl makes the certificates", allow_module_level=True)

APPLICATION = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "served.py").write_text(APPLICATION)
    for name, cipher in (("plain", ["-nodes"]), ("locked", ["-passout", f"pass:{PASSWORD}"])):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "9", *cipher]
        subject = ["-subj", "/CN=a", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-out", f"{name}.cert", "-keyout", f"{name}.key"]
        subprocess.run([*command, *subject, *files], check=True, capture_output=True, cwd=tmp_path)
    return tmp_path


def text(folder, name, address):
    """What a client gets that trusts this certificate only."""
    context = ssl.create_default_context(cafile=folder / f"{name}.cert")
    client = http.client.HTTPSConnection(*address, timeout=20, context=context)
    client.request("GET", "/", headers={"Connection": "close"})
    response = client.getresponse().read().decode()
    client.close()
    return response


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("plain", ["--ssl-certfile", "plain.cert", "--ssl-keyfile", "plain.key"]),
        ("plain", ["--certfile", "plain.cert", "--keyfile", "plain.key"]),
        ("plain", ["--ssl-certificate", "plain.cert", "--ssl-keyfile", "plain.key"]),
        ("plain", ["--ssl-cert", "plain.cert", "--ssl-key", "plain.key"]),
        (
            "locked",
            [
                *("--ssl-certfile", "locked.cert", "--ssl-keyfile", "locked.key"),
                *("--ssl-keyfile-password", PASSWORD),
            ],
        ),
    ],
)
def test_the_command_line_encrypts(folder, name, arguments):
    command = [sys.executable, "-m", "tremolo", "--port", "0", *arguments, "served:app"]
    with subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE) as process:
        found = re.search(r"https://([\d.]+):(\d+)", process.stdout.readline())
        assert text(folder, name, (found[1], int(found[2]))) == "https"
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def test_the_worker_of_gunicorn_encrypts(folder):
    pytest.importorskip("gunicorn")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [
            *(sys.executable, "-m", "gunicorn", "-k", "tremolo.workers.TremoloWorker"),
            *("-b", f"fd://{listener.fileno()}", "--no-control-socket"),
            *("--certfile", "plain.cert", "--keyfile", "plain.key", "served:app"),
        ]
        with subprocess.Popen(command, cwd=folder, pass_fds=[listener.fileno()]) as process:
            assert text(folder, "plain", listener.getsockname()) == "https"
            process.send_signal(signal.SIGTERM)
        assert process.returncode == 0
