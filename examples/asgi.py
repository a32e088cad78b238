"""An ASGI application: HTTP, a body as a stream, and a WebSocket, without a framework.

`tremolo examples/asgi.py` or `python examples/asgi.py`, then `curl http://127.0.0.1:8000/` and
`curl --data-binary @README.md http://127.0.0.1:8000/echo`. Applications of FastAPI, Starlette,
Django and Quart are served in the same way.
"""

import sys

from tremolo import Application
from tremolo.asgi import ASGI


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["type"] == "websocket":
        await shout(receive, send)
    elif scope["path"] == "/echo":
        await echo(receive, send)
    else:
        await reply(send, f"{scope['state']['greeting']}\n".encode())


async def lifespan(scope, receive, send):
    """What it adds to the state is in the scope of each request."""
    await receive()
    scope["state"]["greeting"] = "Hello"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def reply(send, body):
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def echo(receive, send):
    """Sends each piece of the request when it has arrived."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (event := await receive())["type"] == "http.request":
        more = event["more_body"]
        await send({"type": "http.response.body", "body": event["body"], "more_body": more})
        if not more:
            break


async def shout(receive, send):
    """Returns each text in capital letters."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        if text is not None:
            await send({"type": "websocket.send", "text": text.upper()})


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    server = Application()
    server.mount("/", ASGI(app))
    server.run(host, int(port))
