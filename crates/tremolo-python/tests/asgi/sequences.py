"""An application that sends the messages that a request contains, and reports what came of each."""

import json

#: For each message of the last request: the exception that `send` raised, or an empty string.
outcomes = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    if scope["path"] == "/outcomes":
        text = json.dumps(outcomes).encode()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": text})
        return
    outcomes.clear()
    text, has_more = b"", True
    while has_more:
        event = await receive()
        text, has_more = text + event["body"], event["more_body"]
    for message in json.loads(text):
        try:
            await send(message_of(message))
        except Exception as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("")


def message_of(message):
    """The same, with the bytes that JSON does not have."""
    if "body" in message:
        message["body"] = message["body"].encode()
    if "headers" in message:
        message["headers"] = [[part.encode() for part in header] for header in message["headers"]]
    if "links" in message:
        message["links"] = [link.encode() for link in message["links"]]
    return message
