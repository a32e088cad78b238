"""A client of HTTP/1.1 that keeps its connection and tries nothing again."""

import asyncio
import os
import struct
import time

#: Seconds for one response. A server that needs longer has failed.
PATIENCE = 30


class Failed(Exception):
    """A request without the response that it should have."""


class Connection:
    """One connection; `closes` after a response with `Connection: close`."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.closes = False

    @classmethod
    async def open(cls, port, *, limit=1 << 16):
        async with asyncio.timeout(PATIENCE):
            return cls(*await asyncio.open_connection("127.0.0.1", port, limit=limit))

    def send(self, head, body=b""):
        lines = [*head, "Host: 127.0.0.1"]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def get(self, path, status=200):
        self.send([f"GET {path} HTTP/1.1"])
        return await self.response(status)

    async def upload(self, pieces):
        """Sends the pieces in chunks, and returns the response."""
        self.send(["POST /upload HTTP/1.1", "Transfer-Encoding: chunked"])
        for piece in pieces:
            self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await self.writer.drain()
        self.writer.write(b"0\r\n\r\n")
        return await self.response()

    async def response(self, status=200):
        try:
            async with asyncio.timeout(PATIENCE):
                found, fields = await self.head()
                body = await self._body(fields)
        except (OSError, EOFError, TimeoutError) as error:
            raise Failed(f"no response: {error!r}") from None
        if found != status:
            raise Failed(f"status {found}, not {status}")
        self.closes = fields.get("connection", "").lower() == "close"
        return body

    async def head(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")[:-2]
        fields = (line.partition(":") for line in lines)
        return int(line.split()[1]), {name.lower(): value.strip() for name, _, value in fields}

    async def _body(self, fields):
        if "content-length" in fields:
            return await self.reader.readexactly(int(fields["content-length"]))
        if fields.get("transfer-encoding") != "chunked":
            return await self.reader.read()
        pieces = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            pieces.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readexactly(2)
        return b"".join(pieces)

    async def open_websocket(self, path):
        line = f"GET {path} HTTP/1.1"
        own = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        self.send([line, "Upgrade: websocket", "Connection: Upgrade", *own])
        status, _ = await self.head()
        if status != 101:
            raise Failed(f"status {status}, not 101")

    async def echo(self, payload):
        """Sends a binary message of less than 64 KiB over a WebSocket, and waits for its return."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.writer.write(struct.pack("!BBH", 0x82, 0x80 | 126, len(payload)) + mask + masked)
        async with asyncio.timeout(PATIENCE):
            _, size = await self.reader.readexactly(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            if await self.reader.readexactly(size) != payload:
                raise Failed("a message has changed")

    def close(self):
        self.writer.close()

    def reset(self):
        self.writer.transport.abort()


class Load:
    """Clients that send a request after the other, until the end of the block."""

    def __init__(self, port, clients, path="/hello"):
        self.port, self.path = port, path
        self.clients = clients
        self.failures = []
        self.times = []
        self._over = False
        self._goal, self._reached = float("inf"), asyncio.Event()

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._client()) for _ in range(self.clients)]
        return self

    async def __aexit__(self, *_):
        self._over = True
        await asyncio.gather(*self._tasks)

    async def _client(self):
        while not self._over:
            try:
                await self._connection()
            except (OSError, Failed, TimeoutError) as error:
                self.failures.append(repr(error))
                # Else a server that is away makes it a busy loop.
                await asyncio.sleep(0.05)

    async def _connection(self):
        connection = await Connection.open(self.port)
        try:
            while not self._over and not connection.closes:
                begin = time.perf_counter()
                await connection.get(self.path)
                self.times.append(time.perf_counter() - begin)
                if len(self.times) >= self._goal:
                    self._reached.set()
        finally:
            connection.close()

    async def more(self, requests):
        """Waits until so many more responses have come."""
        self._goal = len(self.times) + requests
        self._reached.clear()
        async with asyncio.timeout(PATIENCE):
            await self._reached.wait()

    def milliseconds(self, share):
        times = sorted(self.times) or [float("nan")]
        return 1000 * times[min(int(len(times) * share), len(times) - 1)]

    def __str__(self):
        served, p50, p99 = len(self.times), self.milliseconds(0.5), self.milliseconds(0.99)
        text = (
            f"{served} responses, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(self.failures)} failed"
        )
        return text + "".join(f"; {failure}" for failure in self.failures[:3])
