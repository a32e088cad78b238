"""Clients that go while a handler waits: its clean-up runs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tremolo import Application

app = Application()
cleaned: list[str] = []


@app.route("/wait")
async def wait(response: Any) -> None:
    try:
        await response.write(b"Hello")
        await asyncio.sleep(3600)
    finally:
        cleaned.append("wait")


@app.route("/yield")
async def pieces() -> AsyncIterator[bytes]:
    try:
        yield b"Hello"
        await asyncio.sleep(3600)
        yield b"never"
    finally:
        cleaned.append("yield")


@app.route("/read")
async def read(request: Any, response: Any) -> None:
    try:
        await response.write(b"Hello")
        await request.body()
    finally:
        cleaned.append("read")


@app.route("/cleaned")
async def tell(response: Any) -> None:
    await response.end(", ".join(f"cleaned {name}" for name in cleaned).encode())
