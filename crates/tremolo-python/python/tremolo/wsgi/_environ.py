"""The `environ` of a request (PEP 3333)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from .._tremolo import Request
    from ..lib.contexts import WorkerContext


def environ_of(
    request: Request, names: tuple[str, int], context: WorkerContext, stream: Any
) -> dict[str, Any]:
    """The environment of a request. `names` has the `SCRIPT_NAME`, and how many bytes of the path
    belong to it. Texts are bytes in ISO-8859-1."""
    script_name, length = names
    path = unquote_to_bytes(request.path)
    address, port = context.info["server"] or ("", None)
    environ = {
        "REQUEST_METHOD": request.method.decode("latin-1"),
        "SCRIPT_NAME": script_name.encode().decode("latin-1"),
        "PATH_INFO": path[length:].decode("latin-1"),
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "SERVER_NAME": address or "localhost",
        "SERVER_PORT": "" if port is None else str(port),
        "SERVER_PROTOCOL": f"HTTP/{request.version.decode('latin-1')}",
        "REMOTE_ADDR": request.ip.decode("latin-1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme.decode("latin-1"),
        "wsgi.input": stream,
        # It ends with the body, also if that has no length.
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": bool(context.options.get("worker_num")),
        "wsgi.run_once": False,
    }
    client = request.client
    if client is not None and client[0] == environ["REMOTE_ADDR"]:
        environ["REMOTE_PORT"] = str(client[1])
    for name, values in request.headers.items():
        # `x_a` and `x-a` would have one name: a client could replace what a proxy sets.
        if b"_" in name:
            continue
        key = name.decode("latin-1").replace("-", "_").upper()
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        joint = b"; " if name == b"cookie" else b","
        environ[key] = joint.join(values).decode("latin-1")
    return environ
