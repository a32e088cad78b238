"""The two servers of a comparison, as child processes, and what they answer."""

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import venv
from pathlib import Path

from case import PROBE, Case

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[3] / "target" / "python" / "original"

#: In seconds. A server that neither answers nor closes for so long is said to be silent.
PATIENCE = 1.0

Address = tuple[str, int]


def original_interpreter() -> str:
    """The interpreter that has the original; made when it is first asked for."""
    requirements = HERE / "requirements.txt"
    made_from = f"{sys.version}\n{requirements.read_text()}"
    stamp = ENVIRONMENT / "made-from"
    interpreter = str(ENVIRONMENT / "bin" / "python")
    if not stamp.exists() or stamp.read_text() != made_from:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        stamp.write_text(made_from)
    return interpreter


class Server:
    """A running application."""

    def __init__(self, interpreter: str, application: str, loop: str) -> None:
        self.address = ("127.0.0.1", _free_port())
        command = [interpreter, str(HERE / "serve.py"), application, loop, str(self.address[1])]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A group of its own: `kill` ends its workers, too.
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        for _ in range(1000):
            try:
                socket.create_connection(self.address).close()
            except ConnectionRefusedError:
                if self._ends_within(0.02):
                    break
            else:
                return
        raise RuntimeError(f"{self._process.args!r} does not listen")

    def stop(self) -> int:
        """Asks it to stop; gives the exit code."""
        self._process.terminate()
        if not self._ends_within(5):
            self.kill()
        return self._process.returncode

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def answer(self, case: Case, patience: float = PATIENCE) -> list[str]:
        """All that comes back for a request and the probe behind it, line by line.

        Silence for so many seconds is an answer too.
        """
        received = bytearray()
        with socket.create_connection(self.address, timeout=patience) as client:
            client.sendall(case.request + PROBE)
            ending = "(closed)"
            try:
                while data := client.recv(65536):
                    received += data
            except TimeoutError:
                ending = "(silence)"
            except ConnectionResetError:
                pass
        return [*_masked(bytes(received)), ending]

    def lose_client(self, target: str) -> None:
        """Asks for something that has no end, and goes when it has begun, with a reset."""
        with socket.create_connection(self.address, timeout=10 * PATIENCE) as client:
            client.sendall(
                f"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n".encode()
            )
            received = b""
            while b"Hello" not in received:
                data = client.recv(65536)
                if not data:
                    raise RuntimeError(f"{target} has ended: {received!r}")
                received += data
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _masked(received: bytes) -> list[str]:
    """Lines, with everything that is no plain text escaped and without what time changes."""
    text = received.decode("latin-1")
    text = re.sub(r"\b\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\b", "(now)", text)
    text = re.sub(r"(?m)^ETag: [^\r]*", "ETag: (tag)", text)
    if found := re.search(r"boundary=(\S+)", text):
        text = text.replace(found[1], "(boundary)")
    allowed = lambda found: "Allow: " + ", ".join(sorted(found[1].split(", ")))  # noqa: E731
    text = re.sub(r"(?m)^Allow: ([^\r]*)", allowed, text)
    text = re.sub(r"(?m)^Server: Tremolo[^\r]*", "Server: Tremolo", text)
    lines = [line.encode("unicode_escape").decode() for line in text.split("\r\n")]
    return [line.rstrip(" ") + "$" if line.endswith(" ") else line for line in lines]
