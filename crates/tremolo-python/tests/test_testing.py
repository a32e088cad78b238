"""`tremolo.testing`: what it does is what a server does."""

import asyncio
import http.client
import json
import sys
import threading

import httpx
import pytest
from tremolo import Application
from tremolo.asgi import ASGI
from tremolo.testing import (
    TestClient,
    TremoloTransport,
    WebSocketClosed,
    WebSocketRefused,
)

app = Application()


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/echo")
async def echo(request):
    body = await request.body()
    head = [request.method.decode(), request.url.decode(), str(request.client)]
    fields = {name.decode(): str(value) for name, value in request.headers.items()}
    return json.dumps([*head, fields, body.decode()])


@app.route("/form")
async def form(request):
    return json.dumps(dict((await request.form()).items()))


@app.route("/files")
async def files(request):
    async for file in request.files():
        yield f"{file['name']} {file.get('filename')} {file['data'].decode()};"


@app.route("/pieces")
async def pieces():
    yield b"first"
    event = app.context.next
    await event.wait()
    yield b"second"


@app.route("/cut")
async def cut(response):
    response.set_header(b"Content-Length", b"100")
    await response.write(b"some")
    response.close()


@app.route("/broken")
async def broken():
    raise KeyError("the reason")


@app.route("/login")
async def login(response):
    response.set_cookie("user", "ada")
    return "welcome"


@app.route("/whoami")
async def whoami(request):
    return str(request.cookies.get("user"))


@app.route("/chat")
async def chat(websocket):
    await websocket.accept()
    async for message in websocket:
        if message == "bye":
            await websocket.close(4001)
            return
        await websocket.send(message)


@app.route("/events")
async def events(sse):
    last = int(sse.last_event_id or 0)
    await sse.send("two\nlines", event="tick", event_id=str(last + 1))
    await sse.send("", retry=3000)


@app.on_worker_start
async def prepare(context):
    context.next = asyncio.Event()
    context.thread = threading.current_thread()


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client


def test_a_request_is_sent_as_it_was_built(client):
    response = client.get("/echo?x=1", params={"q": ["ä&", "b"]}, headers={"X-One": "1"})
    method, url, peer, fields, _ = response.json()
    assert (method, url) == ("GET", "/echo?x=1&q=%C3%A4%26&q=b")
    assert peer == str(("127.0.0.1", 50_000))
    assert "x-one" in fields
    response = client.put("/echo", json={"a": 1})
    assert (response.status_code, response.json()[4]) == (200, '{"a": 1}')
    response = client.post("/echo", content=iter([b"in ", b"pieces"]))
    assert response.json()[4] == "in pieces"
    assert client.get("/hello").headers["content-length"] == "12"
    assert client.head("/hello").content == b""
    assert client.get("/nothing").status_code == 404
    assert client.options("/hello").status_code == 200


def test_forms_and_files(client):
    assert client.post("/form", data={"a": "1 2", "b": ["x", "y"]}).json() == {
        "a": ["1 2"],
        "b": ["x", "y"],
    }
    sent = {"cat": ("cat.txt", "meow", "text/plain")}
    text = client.post("/files", data={"title": "Cats"}, files=sent).text
    assert text == "title None Cats;cat cat.txt meow;"


def test_a_response_is_read_as_it_arrives(client):
    with client.stream("GET", "/pieces") as response:
        pieces = response.iter_bytes()
        assert next(pieces) == b"first"
        app.loop.call_soon_threadsafe(app.context.next.set)
        assert [*pieces] == [b"second"]
    with pytest.raises(http.client.IncompleteRead):
        client.get("/cut")


def test_a_client_that_leaves_ends_the_handler():
    own, left = Application(), threading.Event()

    @own.route("/")
    async def endless():
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            left.set()

    with TestClient(own) as client:
        with client.stream("GET", "/") as response:
            assert next(response.iter_bytes()) == b"first"
        assert left.wait(10)


def test_the_peer_is_that_of_the_client():
    for peer in [("203.0.113.7", 4711), ("2001:db8::1", 7), None]:
        with TestClient(app, client=peer, trusted_proxies="10.0.0.0/8") as client:
            assert client.get("/echo").json()[2] == str(peer)


def test_cookies_are_kept(client):
    assert client.get("/whoami").text == "None"
    client.get("/login")
    assert client.get("/whoami").text == "['ada']"
    client.cookies.clear()
    assert client.get("/whoami").text == "None"


def test_an_exception_is_answered_with_500(client):
    assert client.get("/broken").status_code == 500
    with (
        TestClient(app, strict=True) as strict,
        pytest.raises(AssertionError, match="GET /broken: 500 "),
    ):
        strict.get("/broken")


def test_websockets(client):
    with client.websocket_connect("/chat") as socket:
        socket.ping(b"are you there")
        for message in ["", "short", "long " * 100, "longer " * 20_000, b"\0\xff"]:
            socket.send(message)
            assert socket.receive() == message
        socket.send_json([1, 2])
        assert socket.receive_json() == [1, 2]
        assert socket.close_code is None
    assert socket.close_code == 1000
    with client.websocket_connect("/chat", subprotocols=["a"]) as socket:
        socket.send("bye")
        with pytest.raises(WebSocketClosed) as closed:
            socket.receive()
        assert closed.value.code == 4001
    with pytest.raises(WebSocketRefused) as refused:
        client.websocket_connect("/nothing")
    assert refused.value.response.status_code == 404


def test_events(client):
    with client.events("/events", last_event_id="41") as stream:
        event = next(stream)
        assert (event.id, event.event, event.data) == ("42", "tick", "two\nlines")
        event = next(stream)
        assert (event.id, event.event, event.data, event.retry) == ("42", "message", "", 3000)
        assert [*stream] == []
    with pytest.raises(AssertionError, match="no events: 200 text/html: Hello"):
        client.events("/hello")


def test_hooks_run_within_the_block():
    own, seen = Application(), []

    @own.route("/")
    async def hi():
        return "hi"

    @own.on_worker_start
    async def start():
        seen.append("start")

    @own.on_worker_stop
    async def stop():
        seen.append("stop")

    client = TestClient(own)
    with pytest.raises(RuntimeError, match="with TestClient"):
        client.get("/")
    for _ in range(2):
        with client:
            assert seen == ["start"]
            assert client.get("/").text == "hi"
        assert seen == ["start", "stop"]
        seen.clear()


def test_what_is_open_at_the_end_of_the_block_is_closed():
    own, left = Application(), []

    @own.route("/stream")
    async def endless():
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            left.append("stream")

    @own.route("/socket")
    async def socket(websocket):
        async for message in websocket:
            await websocket.send(message)
        left.append("socket")

    with TestClient(own, shutdown_timeout=3600) as client:
        stream = client.stream("GET", "/stream")
        assert next(stream.__enter__().iter_bytes()) == b"first"
        socket = client.websocket_connect("/socket")
        socket.send("hi")
        assert socket.receive() == "hi"
    assert sorted(left) == ["socket", "stream"]
    with pytest.raises(WebSocketClosed):
        socket.receive()
    socket.close()


def test_a_hook_that_fails_is_raised():
    own = Application()

    @own.on_worker_start
    async def start():
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"), TestClient(own):
        pass


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_handler_that_ends_the_loop_ends_the_block(loop):
    own = Application()

    @own.route("/")
    async def leave():
        asyncio.get_running_loop().call_soon(sys.exit, 3)
        return "left"

    with pytest.raises(SystemExit), TestClient(own, loop=loop) as client:
        assert client.get("/").text == "left"


def test_a_shutdown_lets_requests_finish():
    own, begun, texts = Application(), threading.Event(), []

    @own.route("/")
    async def slow(request):
        begun.set()
        await request.draining()
        return "finished"

    with TestClient(own) as client:
        thread = threading.Thread(target=lambda: texts.append(client.get("/").text))
        thread.start()
        assert begun.wait(10)
    thread.join()
    assert texts == ["finished"]


def test_what_is_no_application_is_refused():
    for wrong, options in [(7, {}), ("x:app", {}), (app, {"root_path": "/x"})]:
        with pytest.raises(TypeError):
            TestClient(wrong, **options)
    with pytest.raises(ValueError, match="buffer_size"), TestClient(app, buffer_size=-1):
        pass


async def asgi_app(scope, receive, send):
    if scope["type"] == "lifespan":
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["word"] = "hello"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = f"{scope['state']['word']} {scope['client'][0]} {scope['root_path']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_applications_of_asgi_alone_and_mounted():
    with TestClient(asgi_app, root_path="/below") as client:
        assert client.get("/").text == "hello 127.0.0.1 /below"
    outer = Application()
    outer.mount("/api", ASGI(asgi_app))
    with TestClient(outer) as client:
        assert client.get("/api/x").text == "hello 127.0.0.1 /api"


def test_an_application_of_wsgi():
    def wsgi_app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["REMOTE_ADDR"].encode()]

    with TestClient(wsgi_app, client=("203.0.113.7", 1)) as client:
        assert client.get("/").text == "203.0.113.7"


def test_httpx_in_the_running_loop():
    async def main():
        transport = TremoloTransport(app, client=("203.0.113.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert app.context.thread is threading.current_thread()
            response = await client.post("/echo", json={"a": 1})
            assert response.json()[2] == str(("203.0.113.7", 4711))
            together = await asyncio.gather(*(client.get("/hello") for _ in range(20)))
            assert {response.text for response in together} == {"Hello World!"}
            async with client.stream("GET", "/pieces") as response:
                pieces = response.aiter_bytes()
                assert await anext(pieces) == b"first"
                app.context.next.set()
                assert await anext(pieces) == b"second"
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/cut")

    asyncio.run(main())


def test_httpx_starts_with_the_first_request():
    async def main():
        async with TremoloTransport(asgi_app) as transport:
            response = await transport.handle_async_request(httpx.Request("GET", "http://a/"))
            assert await response.aread() == b"hello 127.0.0.1 "
        client = httpx.AsyncClient(transport=TremoloTransport(app))
        assert (await client.get("http://test/hello")).text == "Hello World!"
        await client.aclose()

    asyncio.run(main())


def test_httpx_without_a_loop():
    with httpx.Client(transport=TremoloTransport(app), base_url="https://test") as client:
        assert client.get("/hello").text == "Hello World!"
        assert client.get("/login").cookies["user"] == "ada"
        assert client.get("/whoami").text == "['ada']"


def test_without_httpx_only_its_transport_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.delitem(sys.modules, "tremolo.testing._transport", raising=False)
    import tremolo.testing

    with pytest.raises(ImportError, match="pip install httpx"):
        tremolo.testing.TremoloTransport  # noqa: B018
    with pytest.raises(AttributeError):
        tremolo.testing.nothing  # noqa: B018
