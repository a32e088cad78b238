"""Forms: urlencoded ones whole, multipart ones part by part, in bounded memory."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ._tremolo import Multipart, form_kind, parse_form

if TYPE_CHECKING:
    from ._tremolo import Request


class Part(dict[str, Any]):
    """A part, or a piece of one: `name`, `filename`, `type`, `data`, `eof`."""

    def __init__(
        self, head: tuple[str, str | None, str | None], data: bytes, rest: Rest | None = None
    ) -> None:
        name, filename, content_type = head
        super().__init__(name=name)
        if filename is not None:
            self["filename"] = filename
        if content_type is not None:
            self["type"] = content_type
        self.update(data=data, eof=rest is None)
        self._rest = rest

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The data of the part from here on, piece by piece, until another part is asked for."""
        if self["data"]:
            yield self["data"]
        while (rest := self._rest) is not None:
            data = await rest.parts.data(rest.request, rest.number)
            if data is False:
                self["eof"] = True
                self._rest = None
            else:
                yield data


class Rest(NamedTuple):
    """The source of the rest of a part. A complete part has none: the request keeps the part, so
    that a reference back would be a cycle."""

    request: Request
    parts: Parts
    #: Which part of the form it is.
    number: int


class Parts:
    """Feeds the reader of a multipart form. The request keeps it."""

    def __init__(self, request: Request) -> None:
        self._reader = Multipart(request)
        self._begun = False

    async def next(self, request: Request, max_parts: int, max_size: int) -> Part | None:
        """The next part, or the next `max_size` bytes of the current one."""
        size = min(max(max_size, 1), sys.maxsize)
        step = await self._read(request, lambda: self._reader.step(max_parts, size))
        if step is False:
            return None
        number, head, data, is_last = step
        return Part(head, data, None if is_last else Rest(request, self, number))

    async def data(self, request: Request, number: int) -> Any:
        """The next data of a part, or `False` at its end."""
        return await self._read(request, lambda: self._reader.data(number))

    async def form(self, request: Request, max_fields: int, max_size: int) -> Any:
        """All parts: the fields, and the files."""
        self._reader.limit(max_size)
        return await self._read(request, lambda: self._reader.form(max_fields, max_size))

    async def _read(self, request: Request, poll: Callable[[], Any]) -> Any:
        while (result := poll()) is None:
            data = await request.read()
            if not data and not self._begun:
                # The whole body was read before: the request has it.
                data = bytes(await request.body())
            self._begun = True
            self._reader.feed(data)
        return result


async def files(
    request: Request, max_files: int = 1024, *, max_file_size: int = 100 << 20
) -> AsyncGenerator[Part, None]:
    """The parts of a form; a second call continues where the first has stopped."""
    parts = _parts_of(request)
    while (part := await parts.next(request, max_files, max_file_size)) is not None:
        yield part


async def form(
    request: Request, max_fields: int = 100, *, max_size: int = 8 << 20
) -> dict[str, list[str]]:
    """Reads a form of either kind into `params.post` and `params.files`, once."""
    context, kept = request.ctx, request.ctx.__dict__
    if "_form" not in kept:
        kind = form_kind(request, max_size)
        if kind == "multipart":
            fields, uploads = await _parts_of(request).form(request, max_fields, max_size)
            for head, data in uploads:
                context.files.setdefault(head[0], []).append(Part(head, data))
        else:
            body = await request.body(max_size=max_size)
            fields = parse_form(request, bytes(body), max_fields)
        context.post.update(fields)
        kept["_form"] = kind
    post: dict[str, list[str]] = context.post
    return post


def _parts_of(request: Request) -> Parts:
    kept = request.ctx.__dict__
    if kept.get("_parts") is None:
        kept["_parts"] = Parts(request)
    parts: Parts = kept["_parts"]
    return parts
