"""A Python peer: `peer.py ADDRESS SERVER KIND`, run by the interpreter that has the server installed.

Each server is set up as its own documentation advises for speed, with one process. `tremolo` is
ours or the original, whichever the interpreter has. KIND is what the handler of `/hello` does:
`return`, `yield` (ten pieces), `sleep` (one `await asyncio.sleep(0)`, then return).
"""

import asyncio
import ctypes
import signal
import socket
import sys
import threading
import time

BODY = "Hello World!"
HOST, _, PORT = sys.argv[1].rpartition(":")
SERVER, KIND = sys.argv[2], sys.argv[3]


def tremolo(loop):
    from tremolo import Application

    app = Application()
    if KIND == "return":

        @app.route("/hello")
        async def hello(**server):
            return BODY

    elif KIND == "yield":

        @app.route("/hello")
        async def pieces(**server):
            for _ in range(10):
                yield BODY.encode()

    else:

        @app.route("/hello")
        async def sleeping(**server):
            await asyncio.sleep(0)
            return BODY

    # In this process, and without the limit that slows the original down.
    app.run(
        HOST, int(PORT), worker_num=0, loop=loop, download_rate=1 << 40, log_level="CRITICAL"
    )


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = [(b"content-type", b"text/html")]
    if KIND == "yield":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(10):
            await send({"type": "http.response.body", "body": BODY.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    if KIND == "sleep":
        await asyncio.sleep(0)
    headers.append((b"content-length", b"12"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY.encode()})


async def rsgi(scope, protocol):
    headers = [("content-type", "text/html")]
    if KIND == "yield":
        stream = protocol.response_stream(200, headers)
        for _ in range(10):
            await stream.send_bytes(BODY.encode())
        return
    if KIND == "sleep":
        await asyncio.sleep(0)
    protocol.response_str(200, headers, BODY)


def granian(interface):
    from granian import Granian
    from granian.constants import Interfaces, Loops

    Granian(
        f"peer:{interface}",
        address=HOST,
        port=int(PORT),
        interface=Interfaces(interface),
        loop=Loops.uvloop,
        workers=1,
        log_enabled=False,
    ).serve()


def uvicorn():
    import uvicorn

    uvicorn.run(
        asgi,
        host=HOST,
        port=int(PORT),
        loop="uvloop",
        http="httptools",
        log_level="critical",
        access_log=False,
    )


def socketify():
    from socketify import App, AppListenOptions

    app = App()

    def hello(response, request):
        response.end(BODY)

    async def sleeping(response, request):
        await asyncio.sleep(0)
        response.end(BODY)

    async def pieces(response, request):
        for _ in range(10):
            response.write(BODY)
        response.end_without_body()

    app.get("/hello", {"return": hello, "sleep": sleeping, "yield": pieces}[KIND])
    app.listen(AppListenOptions(port=int(PORT), host=HOST), lambda config: None)
    app.run()


def tell_when_ready():
    while True:
        try:
            socket.create_connection((HOST, int(PORT)), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            print("ready", file=OUT, flush=True)
            return


SERVERS = {
    "tremolo-asyncio": lambda: tremolo("asyncio"),
    "tremolo-uvloop": lambda: tremolo("uvloop"),
    "granian-rsgi": lambda: granian("rsgi"),
    "granian-asgi": lambda: granian("asgi"),
    "uvicorn": uvicorn,
    "socketify": socketify,
}

if __name__ == "peer":
    # A worker of granian: it ends with its parent, which the runner kills.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)

if __name__ == "__main__":
    # What servers print when they start is not yet a sign that they listen.
    OUT, sys.stdout = sys.stdout, sys.stderr
    threading.Thread(target=tell_when_ready, daemon=True).start()
    SERVERS[SERVER]()
