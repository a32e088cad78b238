"""What clients may send: so many requests in a time, and cookies as they were signed."""

import pytest
from tremolo import Application, CookieSigner, RateLimit
from tremolo.testing import TestClient

SECRET = bytes([7]) * 32

#: Also in the tests of the Rust front.
SIGNED = "36c99b6a4f1d441cde0ec3ac5af53404e02edaf4be36713965505e090e5794d5.ada l;"


def test_a_client_that_sends_too_many_requests_gets_429():
    app = Application()
    app.add_middleware(RateLimit(2, per=7_200, burst=1).on_request, priority=1)
    logins = RateLimit(1, per=3_600, clients=4, key=lambda request: request.query_string.decode())

    @app.route("/")
    async def page():
        return "page"

    with TestClient(app) as client:
        assert client.get("/").status_code == 200
        for path in ["/", "/nothing"]:
            refused = client.get(path)
            assert refused.status_code == 429
            assert 3_000 < int(refused.headers["retry-after"]) <= 3_600

    app = Application()

    @app.route("/login")
    async def login(request):
        logins.check(request)
        return "welcome"

    with TestClient(app) as client:
        for query, status in [("ada", 200), ("bob", 200), ("ada", 429), ("bob", 429)]:
            assert client.get("/login", params={"user": query}).status_code == status


@pytest.mark.parametrize("per", [-1, float("nan")])
def test_a_period_is_a_time(per):
    with pytest.raises(ValueError, match="per"):
        RateLimit(1, per)


def test_a_signed_cookie_is_accepted_as_it_is_and_in_no_other_way():
    signer = CookieSigner(SECRET)
    app = Application()

    @app.route("/login")
    async def login(response):
        response.set_cookie("user", signer.signed("user", "ada l;"), httponly=True)
        return "welcome"

    @app.route("/whoami")
    async def whoami(request):
        return str(signer.verified("user", request.cookies))

    with TestClient(app) as client:
        assert client.get("/whoami").text == "None"
        cookie = client.get("/login").headers["set-cookie"].partition(";")[0]
        assert client.get("/whoami", headers={"Cookie": cookie}).text == "ada l;"
        forged = cookie.replace("ada", "eve")
        assert client.get("/whoami", headers={"Cookie": forged}).text == "None"

    assert signer.signed("user", "ada l;") == SIGNED
    signature, _, _ = SIGNED.partition(".")
    assert signer.verified("user", {}) is None
    for value in ["", ".", "ada l;", f"{signature.upper()}.ada l;", f"é{SIGNED[1:]}"]:
        assert signer.verified("user", {"user": [value]}) is None, value
        assert signer.verified("user", {"user": [value, SIGNED]}) == "ada l;"
    assert signer.verified("other", {"other": [SIGNED]}) is None


def test_an_earlier_secret_verifies_and_signs_no_more():
    later = CookieSigner(bytes(32), earlier=[SECRET])
    assert later.verified("user", {"user": [SIGNED]}) == "ada l;"
    assert CookieSigner(SECRET).verified("user", {"user": [later.signed("user", "ada")]}) is None
    with pytest.raises(ValueError, match="32 bytes"):
        CookieSigner(bytes(32), earlier=[bytes(31)])
