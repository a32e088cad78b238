"""Forms: urlencoded ones whole, multipart ones part by part, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, NamedTuple

from ._tremolo import Multipart, form_kind, parse_form, part_text
from .exceptions import PayloadTooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from ._tremolo import Request


class Part(dict[str, Any]):
    """A part, or a piece of one: `name`, `filename`, `type`, `data`, `eof`."""

    def __init__(self, head: dict[str, Any], data: bytes, rest: Rest | None) -> None:
        super().__init__(head, data=data, eof=rest is None)
        self._rest = rest

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The data of the part from here on, piece by piece, until another part is asked for."""
        if self["data"]:
            yield self["data"]
        while (rest := self._rest) is not None:
            if rest.number != rest.parts.count:
                raise RuntimeError("another part has been asked for")
            data, self["eof"] = await rest.parts.piece(rest.request)
            if self["eof"]:
                self._rest = None
            if data:
                yield data


class Rest(NamedTuple):
    """The source of the rest of a part. A complete part has none: the request keeps the part, so
    that a reference back would be a cycle."""

    request: Request
    parts: Parts
    #: Which part of the form it is.
    number: int


class Parts:
    """The state of reading a multipart form. The request keeps it."""

    def __init__(self, request: Request, max_files: int) -> None:
        self._decoder = Multipart(request, max_files)
        self._head: dict[str, Any] | None = None
        #: The number of parts so far, including the current one.
        self.count = 0
        #: Data of the current part that was read already.
        self._rest = bytearray()
        self._told: dict[str, Any] = {}
        self._begun = False

    async def next(self, request: Request, max_size: int) -> Part | None:
        """The next part, or the next `max_size` bytes of the current one."""
        if self._head is None and not self._rest:
            event = await self._event(request)
            while event is not False and not isinstance(event, tuple):
                event = await self._event(request)
            if event is False:
                return None
            name, filename, content_type = event
            self._head = {"name": name}
            if filename is not None:
                self._head["filename"] = filename
            if content_type is not None:
                self._head["type"] = content_type
            self._told = self._head
            self.count += 1
        data, eof = await self.piece(request, max(max_size, 1))
        return Part(self._told, data, None if eof else Rest(request, self, self.count))

    async def piece(self, request: Request, size: int | None = None) -> tuple[bytes, bool]:
        """So much of the part, and whether that was its end; without a size what comes next."""
        while self._head is not None and len(self._rest) <= (size or 0):
            event = await self._event(request)
            if not isinstance(event, bytes):
                self._head = None
                break
            if size is None:
                return event, False
            self._rest += event
        with memoryview(self._rest) as rest:
            data = bytes(rest[:size])
        del self._rest[: len(data)]
        return data, self._head is None and not self._rest

    async def _event(self, request: Request) -> Any:
        while (event := self._decoder.poll()) is None:
            data = await request.read()
            if not data and not self._begun:
                # The whole body was read before: the request has it.
                data = bytes(await request.body())
            self._begun = True
            self._decoder.feed(data)
        return event


async def files(
    request: Request, max_files: int = 1024, *, max_file_size: int = 100 << 20
) -> AsyncGenerator[Part, None]:
    """The parts of a form; a second call continues where the first has stopped."""
    parts = request.ctx.__dict__.setdefault("_parts", None)
    if parts is None:
        parts = request.ctx.__dict__["_parts"] = Parts(request, max_files)
    while (part := await parts.next(request, max_file_size)) is not None:
        yield part


async def form(
    request: Request, max_fields: int = 100, *, max_size: int = 8 << 20
) -> dict[str, list[str]]:
    """Reads a form of either kind into `params.post` and `params.files`, once."""
    kept = request.ctx.__dict__
    if "_form" not in kept:
        if request.content_length > max_size:
            raise PayloadTooLarge("form too large")
        kind = form_kind(request)
        if kind == "multipart":
            await _multipart(request, max_fields, max_size)
        elif kind == "urlencoded":
            body = await request.body(max_size=max_size)
            request.ctx.post.update(parse_form(request, bytes(body), max_fields))
        else:
            raise UnsupportedMediaType(
                "expected Content-Type: application/x-www-form-urlencoded or multipart/form-data"
            )
        kept["_form"] = kind
    post: dict[str, list[str]] = request.ctx.post
    return post


async def _multipart(request: Request, max_fields: int, max_size: int) -> None:
    left = max_size
    async for part in files(request, max_fields, max_file_size=max_size + 1):
        left -= len(part["data"])
        if left < 0:
            raise PayloadTooLarge("form too large")
        if "filename" not in part:
            text = part_text(part["data"], part.get("type", ""))
            request.ctx.post.setdefault(part["name"], []).append(text)
        # A file input without a chosen file has no name and no data.
        elif part["filename"] or part["data"]:
            request.ctx.files.setdefault(part["name"], []).append(part)
