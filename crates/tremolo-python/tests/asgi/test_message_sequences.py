"""Messages in any order, from seeds, compared with a model of the specification: each is accepted
or refused as in the model, and the client gets the response that was sent, or a clean cut."""

import json
import random

import pytest
from conftest import LOOPS
from serving import Asgi, body_of

RESPONSE = "http.response."


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    # A pipe that is read at the end has no room for so many tracebacks.
    program = Asgi(request.param, "sequences.py", "--interface", "asgi", "--log-level", "CRITICAL")
    yield program
    program.stop()


class Model:
    """What the messages so far have made of the response."""

    def __init__(self, takes_trailers):
        self.takes_trailers = takes_trailers
        self.stage = "nothing"
        self.hints = 0
        self.pieces = []
        self.fields = []
        self.trailers = []
        self.has_trailers = False

    def take(self, message):
        """Whether the message is accepted."""
        kind = message["type"].removeprefix(RESPONSE)
        if kind == message["type"]:
            return False
        if self.stage == "complete":
            # Late messages are reported, and ignored.
            return True
        action = getattr(self, f"in_{self.stage}")(kind)
        if action is None:
            return False
        action(message)
        return True

    def in_nothing(self, kind):
        return {"start": self.start}.get(kind)

    def in_head(self, kind):
        return {"body": self.body, "early_hint": self.hint}.get(kind)

    def in_body(self, kind):
        return {"body": self.body, "early_hint": lambda message: None}.get(kind)

    def in_trailers(self, kind):
        return {"trailers": self.trailer}.get(kind)

    def start(self, message):
        self.stage = "head"
        self.fields = message["headers"]
        self.has_trailers = message["trailers"]

    def hint(self, message):
        self.hints += 1

    def body(self, message):
        self.pieces.append(message["body"])
        if message["more_body"]:
            self.stage = "body"
        else:
            self.stage = "trailers" if self.has_trailers else "complete"

    def trailer(self, message):
        if self.takes_trailers:
            self.trailers += message["headers"]
        if not message["more_trailers"]:
            self.stage = "complete"


def message(choose):
    """Any message; those that continue a response are more frequent."""
    kind = choose.choices(
        ["start", "body", "trailers", "early_hint", "unknown", "accept"], [4, 8, 3, 2, 1, 1]
    )[0]
    headers = [[f"x-{choose.randrange(3)}", str(choose.randrange(100))]]
    flag = choose.random() < 0.5
    if kind == "start":
        return {"type": RESPONSE + kind, "status": 200, "headers": headers, "trailers": flag}
    if kind == "body":
        text = choose.choice(["", "a", "bc", "d" * 3000])
        return {"type": RESPONSE + kind, "body": text, "more_body": flag}
    if kind == "trailers":
        return {"type": RESPONSE + kind, "headers": headers, "more_trailers": flag}
    if kind == "early_hint":
        return {"type": RESPONSE + kind, "links": ["</a>; rel=preload"]}
    return {"type": "websocket.accept" if kind == "accept" else RESPONSE + kind}


def send(server, messages, takes_trailers):
    text = json.dumps(messages).encode()
    fields = "TE: trailers\r\n" if takes_trailers else ""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}"
    return server.exchange(f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text)


def check(answer, model):
    for _ in range(model.hints):
        hint, _, answer = answer.partition(b"\r\n\r\n")
        assert hint.startswith(b"HTTP/1.1 103 "), hint
    head, _, rest = answer.partition(b"\r\n\r\n")
    if model.stage in ("nothing", "head"):
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"\r\nx-" not in head.lower()
        return
    assert head.startswith(b"HTTP/1.1 200 ")
    for name, value in model.fields:
        assert f"\r\n{name}: {value}".encode() in head.lower()
    body = "".join(model.pieces).encode()
    if b"transfer-encoding: chunked" not in head.lower():
        # One message had all of it.
        assert (model.stage, rest) == ("complete", body)
        return
    if model.stage == "complete":
        trailers = "".join(f"{name}: {value}\r\n" for name, value in model.trailers)
        assert rest.lower().endswith(f"0\r\n{trailers}\r\n".encode())
        whole = rest[: len(rest) - len(trailers) - 2] + b"\r\n"
        assert body_of(head + b"\r\n\r\n" + whole) == body
    else:
        assert not rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("seed", range(80))
def test_messages_in_any_order_follow_the_model(server, seed):
    choose = random.Random(seed)
    takes_trailers = choose.random() < 0.5
    messages = [message(choose) for _ in range(choose.randrange(9))]
    model = Model(takes_trailers)
    expected = [model.take(one) for one in messages]
    answer = send(server, messages, takes_trailers)
    outcomes = json.loads(server.text("/outcomes"))
    assert [outcome == "" for outcome in outcomes] == expected, (messages, outcomes)
    assert {outcome for outcome in outcomes if outcome} <= {"RuntimeError"}, outcomes
    check(answer, model)
