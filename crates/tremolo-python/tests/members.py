"""Handlers that use every member of the request, the response and the connection."""

import asyncio
import gc
import threading

from tremolo.exceptions import (
    BadRequest,
    Forbidden,
    InternalServerError,
    NotFound,
    Unauthorized,
)


def begin(operation):
    """Does what can be done at once, as the first step of a task does; whether that was all."""
    try:
        operation.send(None)
    except StopIteration:
        return True
    operation.close()
    return False


def add_routes(app):
    kept = {}

    def change_headers(response):
        response.set_header("X-First", "1")
        headers = response.headers
        assert headers is response.headers
        assert headers[b"x-first"] == [b"1"]
        headers[b"x-first"].append(b"2")
        first = headers[b"x-first"]
        response.append_header("x-first", b"3")
        assert first == [b"1", b"2", b"3"]
        response.set_cookie("s", "1")
        headers[b"set-cookie"][-1] += b"; Extra"
        headers[b"x-new"] = [b"n"]
        headers["x-text"] = "t"
        response.set_header("X-Gone", "1")
        assert headers.pop(b"x-gone") == [b"1"]
        assert headers.getlist("x-first") == first
        response.set_content_type("text/plain")
        assert headers[b"content-type"] == [b"text/plain"]
        headers[b"content-type"] = [b"text/css"]
        assert response.content_type == b"text/css"

    @app.route("/headers-return")
    async def headers_return(response):
        change_headers(response)
        return "body"

    @app.route("/headers-write")
    async def headers_write(response):
        change_headers(response)
        await response.write(b"body")
        try:
            response.headers  # noqa: B018 - to read it is what fails
        except InternalServerError:
            await response.write(b"")

    @app.route("/headers-end")
    async def headers_end(response):
        change_headers(response)
        await response.end(b"body")

    @app.route("/headers-yield")
    async def headers_yield(response):
        change_headers(response)
        yield b"body"

    @app.route("/headers-yield-wait")
    async def headers_yield_wait(response):
        change_headers(response)
        await asyncio.sleep(0)
        yield b"body"

    @app.route("/headers-none")
    async def headers_none(response):
        change_headers(response)
        await response.write(None)

    @app.route("/headers-sync")
    def headers_sync(response):
        change_headers(response)
        return "body"

    @app.route("/headers-raise")
    async def headers_raise(response):
        change_headers(response)
        raise response.redirect("/hello")

    @app.route("/headers-cleared")
    async def headers_cleared(response):
        response.set_header("X-A", "1")
        response.headers[b"x-b"] = [b"2"]
        response.headers.clear()
        response.headers[b"Connection"] = [b"close"]
        return "body"

    @app.route("/headers-bad")
    async def headers_bad(request, response):
        response.headers[b"x-a"] = [b"1\r\nX-B: 2"]
        if request.query_string == b"write":
            try:
                await response.write(b"never")
            except InternalServerError:
                assert not response.headers_sent()
                del response.headers[b"x-a"]
                return "corrected"
        return "never"

    @app.route("/line")
    async def line(response):
        before = response.line
        response.set_status(404, "Gone fishing")
        return repr((before, response.line))

    @app.route("/chunked")
    async def chunked(response):
        seen = [response.http_chunked]
        response.http_chunked = True
        seen.append(response.headers[b"transfer-encoding"])
        await response.write(b"")
        await response.end()
        kept["chunked"] = [*seen, response.http_chunked]

    @app.route("/base")
    async def base(response):
        response.set_base_headers()
        response.headers[b"server"] = [b"Other"]
        return repr(sorted(response.headers))

    @app.route("/closes")
    async def closes(request, response):
        assert request.http_keepalive
        request.http_keepalive = False
        response.set_connection(200)
        return repr((request.http_keepalive, response.headers[b"connection"]))

    @app.route("/closes-error")
    async def closes_error(request):
        request.http_keepalive = False
        raise BadRequest("no")

    @app.route("/closes-sync")
    def closes_sync(request):
        request.http_keepalive = False
        return "closes"

    @app.route("/nowait")
    async def nowait(response):
        response.send_nowait(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        response.send_nowait(b"hi")
        response.send_nowait(None)

    @app.route("/exception")
    async def exception(request, response):
        response.set_header("X-Before", "1")
        match request.query_string:
            case b"http":
                await response.handle_exception(BadRequest("so <bad>", retry_after=1), "here")
            case b"other":
                await response.handle_exception(KeyError("secret"))
            case b"page":
                await response.handle_exception(NotFound("x"))
            case b"data":
                await response.handle_exception(BadRequest(), data="mine")
            case b"late":
                await response.write(b"head")
                await response.handle_exception(KeyError("late"))
        return None if request.query_string == b"late" else "nothing"

    @app.error(401)
    async def unauthorized(exc, response):
        assert response.get_status() == (401, b"Unauthorized")
        response.set_header("X-Page", "1")
        response.headers[b"x-live"] = [b"2"]
        if exc.args == ("status",):
            response.set_status(418, "Teapot")
            response.set_content_type("text/plain")
            return "short"
        return None

    @app.route("/unauthorized")
    async def raise_unauthorized(request, response):
        response.set_header("X-Before", "1")
        realms = ["Basic", "Digest"]
        raise Unauthorized(request.query_string.decode(), www_authenticate=realms)

    @app.route("/rate-write")
    async def rate_write(response):
        for _ in range(8):
            await response.write(bytes(16_384), rate=400_000)

    @app.route("/rate-send")
    async def rate_send(response):
        await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n", 400_000)
        await response.send(bytes(131_072))
        response.close()

    @app.route("/rate-end")
    async def rate_end(response):
        await response.end(bytes(131_072), rate=400_000)

    @app.route("/rate-option")
    async def rate_option(rate=400_000):
        yield bytes(131_072)

    @app.route("/rate-lifted")
    async def rate_lifted(response, rate=1):
        await response.end(bytes(131_072), rate=0)

    async def count_unblocked(response, **options):
        """How many thousands of bytes are taken before a write has to wait."""
        count = 0
        while True:
            if not begin(response.write(bytes(1_000), **options)):
                return await response.end(str(count).encode())
            count += 1

    @app.route("/buffer-default")
    async def buffer_default(response):
        await count_unblocked(response)

    @app.route("/buffer-write")
    async def buffer_write(response):
        await count_unblocked(response, buffer_size=1_024)

    @app.route("/buffer-option")
    async def buffer_option(response, buffer_size=2_048):
        await count_unblocked(response)

    @app.route("/buffer-gathered")
    async def buffer_gathered(stream=False, buffer_size=8):
        for letter in "abcdef":
            yield letter

    @app.route("/buffer-gathered-waits")
    async def buffer_gathered_waits(stream=False, buffer_size=8):
        for piece in (b"a", None, bytearray(b"b"), ("\xe9", "latin-1"), "d", "", "e"):
            await asyncio.sleep(0)
            yield piece

    @app.route("/buffer-gathered-thread")
    def buffer_gathered_thread(stream=False, buffer_size=8):
        yield from (b"a", None, bytearray(b"b"), ("\xe9", "latin-1"), "d", "", "e")

    @app.route("/buffer-whole")
    async def buffer_whole(stream=False):
        yield "abc"
        yield "def"

    @app.route("/buffer-fails")
    async def buffer_fails(stream=False):
        yield "abc"
        raise Forbidden

    @app.route("/no-option")
    async def no_option(response):
        await response.write(b"x", colour="red")

    @app.route("/transport")
    async def transport(request, context):
        transport = request.transport
        assert transport is request.server.transport is context.transport
        sock = request.socket
        assert sock.getpeername() == request.client
        assert transport.get_extra_info("peername") == request.client
        assert transport.get_extra_info("nothing", 7) == 7
        assert not transport.is_closing()
        assert request.server.fileno > 0
        return repr(transport.get_extra_info("sockname"))

    @app.route("/abort")
    async def abort(request, response):
        await response.write(b"lost")
        request.transport.abort()
        assert request.transport is None or request.transport.is_closing()

    @app.route("/transport-close")
    async def transport_close(request, response):
        await response.send(b"kept")
        request.server.close()
        assert request.server.is_closing()

    @app.route("/gone")
    async def gone(request, context):
        """Waits for the client to go, then looks at what is left."""
        server, sock = request.server, request.socket
        context.note = "kept"
        closed = asyncio.Event()
        server.add_close_callback(closed.set)
        kept["waits"] = True
        await closed.wait()
        assert server.transport is None
        assert sock.fileno() == -1
        assert server.fileno == -1
        assert server.is_closing()
        kept["gone"] = request.server is server and request.server.context.note

    @app.route("/kept")
    async def tell_kept(request):
        return repr(kept.get(request.query_string.decode()))

    @app.route("/body-members")
    async def body_members(request):
        seen = [request.eof(), request.http_continue, request.upgraded, request.timeout]
        await request.read(3)
        seen += [request.eof(), request.http_continue, request.body_size >= 3]
        await request.body()
        seen += [request.eof(), request.body_size]
        return repr(seen)

    @app.route("/kinds")
    async def kinds(request):
        return repr((request.content_type, request.transfer_encoding))

    @app.route("/timeout-set")
    async def timeout_set(request):
        request.timeout = 0.05
        return await request.body()

    @app.route("/header")
    async def header(request):
        head = request.header
        assert head.is_valid
        assert head.is_request
        assert head.gethost() == request.host
        return repr((head.line, [value for name, value in head.getheaders() if name == b"x-a"]))

    @app.route("/keep-request")
    async def keep_request(request, response):
        kept["request"], kept["response"] = request, response
        return "kept"

    @app.route("/old-request")
    async def old_request():
        old = kept.pop("request")
        try:
            server = repr(old.server)
        except RuntimeError as error:
            server = type(error).__name__
        response = kept.pop("response")
        try:
            headers = response.headers
        except InternalServerError:
            headers = "gone"
        return repr((old.protocol, server, old.http_keepalive, response.headers_sent(), headers))

    @app.route("/clear")
    async def clear(request):
        request.ctx.note = 1
        request.clear()
        return repr((request.protocol, "note" in request.ctx))

    @app.route("/middlewares")
    async def middlewares(request):
        result = await request.server.run_middlewares("response", reverse=True)
        try:
            await request.server.run_middlewares("nonsense")
        except KeyError:
            return repr(result)

    @app.route("/gc")
    async def find_server(request):
        server = next(thing for thing in gc.get_objects() if type(thing).__name__ == "Server")
        request.server.add_close_callback(int)
        held = gc.get_referents(server)
        return repr((find_server in held, request.server in held))

    @app.route("/thread-end")
    async def thread_end(response):
        """The loop has nothing to do when the thread speaks: it has to be woken."""
        kept["thread"] = threading.Event()

        def run():
            kept["thread"].wait(10)
            response.set_header("X-Thread", "1")
            response.headers[b"x-live"] = [b"2"]
            begin(response.end(b"from a thread"))

        threading.Thread(target=run).start()
        return True

    @app.route("/thread-go")
    async def thread_go():
        # It speaks after this answer, when nothing else happens.
        asyncio.get_running_loop().call_later(0.02, kept["thread"].set)
        return "go"

    @app.route("/thread-flood")
    async def thread_flood(response):
        """Threads that speak all at once, while the loop does too."""

        def run(letter):
            for _ in range(200):
                begin(response.write(letter * 10))

        threads = [threading.Thread(target=run, args=(letter,)) for letter in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
