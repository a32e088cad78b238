"""Names of downloads, versions of resources, and methods of any name."""

import datetime

import pytest
from tremolo import Application
from tremolo.testing import TestClient

app = Application()
CHANGED = "Sun, 06 Nov 1994 08:49:37 GMT"


@app.route("/csv")
async def csv(response):
    response.set_attachment("aü.csv")
    return "a,b"


@app.route("/typed")
async def typed(response):
    response.set_content_type("text/plain")
    response.set_attachment("../a.csv")
    return "a,b"


@app.route("/version")
class Version:
    async def get(self, response):
        changed = datetime.datetime(1994, 11, 6, 8, 49, 37, tzinfo=datetime.UTC)
        if response.set_validators("v 1", changed):
            return b""
        return "whole"

    async def put(self, response):
        response.set_validators("v 1", 784_111_777.5)
        return "made"


@app.route("/weak")
async def weak(response):
    response.set_validators("v1", weak=True)
    yield "pie"
    yield "ces"


@app.route("/dav")
class Dav:
    async def propfind(self):
        return "found"

    async def query(self, request):
        return b"has " + await request.body()


@pytest.fixture(scope="module")
def client():
    with TestClient(app) as client:
        yield client


def test_a_download_has_a_name_and_the_type_of_its_name(client):
    response = client.get("/csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    named = "attachment; filename=\"a_.csv\"; filename*=UTF-8''a%C3%BC.csv"
    assert response.headers["content-disposition"] == named
    response = client.get("/typed")
    assert response.headers["content-type"] == "text/plain"
    assert response.headers["content-disposition"] == 'attachment; filename=".._a.csv"'


@pytest.mark.parametrize(
    ("name", "value", "status", "text"),
    [
        ("X-None", "", 200, "whole"),
        ("If-None-Match", '"v%201"', 304, ""),
        ("If-Modified-Since", CHANGED, 304, ""),
        ("If-None-Match", '"v2"', 200, "whole"),
        ("If-Match", '"v%201"', 200, "whole"),
    ],
)
def test_a_client_that_has_the_version_gets_304(client, name, value, status, text):
    response = client.get("/version", headers={name: value})
    assert (response.status_code, response.text) == (status, text)
    assert response.headers["etag"] == '"v%201"'
    assert response.headers["last-modified"] == CHANGED


def test_a_weak_version_of_a_stream(client):
    response = client.get("/weak")
    assert (response.text, response.headers["etag"]) == ("pieces", 'W/"v1"')
    response = client.get("/weak", headers={"If-None-Match": '"v1"'})
    assert (response.status_code, response.text) == (304, "")


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("GET", "If-Match", '"v2"'),
        ("PUT", "If-Match", '"v0"'),
        ("PUT", "If-None-Match", "*"),
        ("PUT", "If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"),
    ],
)
def test_a_condition_that_does_not_hold_is_412(client, method, name, value):
    response = client.request(method, "/version", headers={name: value})
    assert response.status_code == 412
    assert "etag" not in response.headers


def test_the_response_to_a_change_has_no_validators(client):
    response = client.put("/version", headers={"If-Match": '"v%201"'})
    assert (response.status_code, response.text) == (200, "made")
    assert "etag" not in response.headers


def test_a_method_of_any_name(client):
    assert client.request("PROPFIND", "/dav").text == "found"
    assert client.request("QUERY", "/dav", content=b"x").text == "has x"
    refused = client.get("/dav")
    assert (refused.status_code, refused.headers["allow"]) == (405, "PROPFIND, QUERY")
