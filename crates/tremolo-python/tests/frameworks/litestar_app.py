"""Litestar, as its users write it."""

from litestar import Litestar, WebSocket, get, post, websocket
from litestar.response import Stream


@get("/")
async def index(q: str = "none") -> dict[str, str]:
    return {"q": q}


@get("/sync", sync_to_thread=True)
def in_thread() -> str:
    return "thread"


@post("/items")
async def items(data: dict[str, int]) -> dict[str, int]:
    return {"sum": sum(data.values())}


@get("/stream")
async def stream() -> Stream:
    async def pieces():
        yield b"one "
        yield b"two"

    return Stream(pieces())


@websocket("/ws")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


app = Litestar([index, in_thread, items, stream, echo])
