from tremolo import Application
from tremolo.testing import TestClient

app = Application()


@app.route("/upper")
async def upper(request):
    body = await request.body()
    return body.upper()


# ANCHOR: test
def test_text_is_returned_in_capitals():
    with TestClient(app) as client:
        response = client.post("/upper", content="milk")
        assert response.status_code == 200
        assert response.text == "MILK"


# ANCHOR_END: test
