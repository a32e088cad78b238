"""Members of the response and of the connection that no other application uses."""

from typing import Any

from case import get, with_rows
from rows import ENDED_RETURNS, ERRORS_KEPT, ORDER
from tremolo import Application
from tremolo.exceptions import Forbidden

app = Application()


def in_order(fields: Any) -> list[Any]:
    return sorted((name, values) for name, values in fields.items() if name.startswith(b"x-"))


@app.route("/headers")
async def headers(response: Any) -> None:
    response.set_header("X-A", "1")
    response.set_header(b"X-A", b"2")
    response.append_header("X-B", "3")
    response.append_header("X-B", "4")
    response.set_cookie("name", "value", expires=60)
    said = [isinstance(response.headers, dict), in_order(response.headers)]
    said += [bytes(response.headers[b"set-cookie"][-1]).split(b";")[0], b"x-c" in response.headers]
    del response.headers[b"x-b"]
    await response.end(repr(said).encode())


@app.route("/headers-late")
async def headers_late(response: Any) -> None:
    said = [response.headers_sent(), response.get_status()]
    await response.write(repr(said).encode())
    said = [response.headers_sent()]
    for change in (lambda: response.headers, lambda: response.set_header("X-A", "1")):
        try:
            change()
            said.append(True)
        except Exception as error:
            said.append(type(error).__name__)
    await response.write(repr(said).encode())
    await response.write(b"")


@app.route("/status")
async def status(response: Any) -> None:
    said = [response.get_status()]
    response.set_status(404, "Gone?")
    said.append(response.get_status())
    response.set_status(201, b"Made")
    said.append(response.get_status())
    await response.end(repr(said).encode())


@app.route("/crlf")
async def crlf(response: Any) -> None:
    said = []
    for name, value in (("X-A", "1\r\nX-B: 2"), ("X-A\r\n", "1"), (b"X-A", b"\n")):
        try:
            response.set_header(name, value)
        except Exception as error:
            said.append(type(error).__name__)
    await response.end(repr(said).encode())


@app.route("/latin-1")
async def latin1(response: Any) -> None:
    response.set_header("X-A", "\u00e9")
    await response.end(b"")


@app.route("/send-nowait")
async def send_nowait(response: Any) -> None:
    response.send_nowait(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
    response.send_nowait(b"raw")
    await response.send(None)


@app.route("/handle-exception")
async def handle_exception(response: Any) -> None:
    await response.handle_exception(Forbidden("handled", content_type="text/plain"))


@app.route("/print-exception")
async def print_exception(request: Any, response: Any) -> None:
    request.server.print_exception(ValueError("for the log"), "where")
    await response.end(b"printed")


@app.route("/server")
async def server_members(request: Any, response: Any, **server: Any) -> None:
    connection = request.server
    said = [
        connection.app is app,
        connection.lock is server["lock"],
        connection.is_closing(),
        connection.transport.is_closing(),
        connection.transport.get_extra_info("sockname")[0],
        connection.transport.get_extra_info("nothing", 5),
        connection.options is server["globals"].options,
        request.is_secure,
    ]
    await response.end(repr(said).encode())


@app.route("/abort")
async def abort(request: Any) -> bool:
    request.server.transport.abort()
    return True


@app.route("/sizes")
async def sizes(response: Any) -> None:
    response.set_header("Content-Length", "10")
    await response.write(b"01234", chunked=False, rate=1 << 20, buffer_size=1024)
    await response.write(b"56789", rate=1 << 20, buffer_min_size=None)


@app.route("/defaults")
async def defaults(
    request: Any,
    response: Any,
    rate: int = 1 << 20,
    buffer_size: int = 2048,
    stream: bool = True,
    content_type: str = "text/x",
    own: str = "value",
) -> None:
    options = request.ctx.options
    said = [options[name] for name in ("rate", "buffer_size", "own")]
    await response.end(repr(said).encode())


async def everything(response: Any, **server: Any) -> None:
    names = "app context globals lock logger loop request".split()
    await response.end(repr([name for name in names if name in server]).encode())


app.add_route(everything, "/everything")

PATHS = (
    "headers headers-late status crlf latin-1 send-nowait handle-exception print-exception server"
    " abort sizes defaults everything"
)

CASES = with_rows(
    [get(f"/{path}") for path in PATHS.split()],
    {
        ORDER: "headers headers-late latin-1 sizes",
        ENDED_RETURNS: "send-nowait",
        ERRORS_KEPT: "handle-exception",
    },
)
