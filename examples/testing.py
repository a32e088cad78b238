"""Tests without a port, of the application in `middleware.py`.

`pytest examples/testing.py`
"""

import asyncio

import httpx
import pytest
from middleware import app
from tremolo.testing import TestClient, TremoloTransport


@pytest.fixture
def client():
    """The hooks of the start have run when the test begins."""
    with TestClient(app, strict=True) as client:
        yield client


def test_a_note_is_shown_and_written(client):
    assert client.get("/notes/7").text == "note 7\n"
    assert client.put("/notes/7", content="milk").text == "note 7 is now 4 bytes long\n"
    assert client.delete("/notes/7").status_code == 405


def test_every_response_tells_its_time(client):
    assert client.get("/").headers["Server-Timing"].startswith("app;dur=")
    assert client.get("/nothing").headers["Server-Timing"].startswith("app;dur=")


@pytest.mark.parametrize(("token", "status"), [("secret", 200), ("wrong", 401)])
def test_the_mounted_application_needs_a_token(client, token, status):
    assert client.get("/admin", headers={"X-Token": token}).status_code == status


def test_with_httpx():
    """In the loop of the test."""

    async def main():
        transport = TremoloTransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            pages = await asyncio.gather(*(client.get(f"/notes/{n}") for n in range(10)))
            assert [page.text for page in pages] == [f"note {n}\n" for n in range(10)]

    asyncio.run(main())
