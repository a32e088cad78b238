import json

from tremolo import Application

app = Application()


# ANCHOR: returned
@app.route("/note")
async def note(content_type="application/json"):
    return json.dumps({"id": 1, "text": "milk"})


@app.route("/created")
async def created(response, content_type="application/json"):
    response.set_status(201)
    response.set_header("Location", "/notes/2")
    return json.dumps({"id": 2, "text": "bread"})


@app.route("/moved")
async def moved(response):
    raise response.redirect("/note", 301)


# ANCHOR_END: returned


# ANCHOR: yielded
@app.route("/count")
async def count():
    for number in range(1, 4):
        yield f"{number}\n"


@app.route("/rows")
async def rows():
    total = 0
    for row in ["1", "2", "3"]:
        # An error before the first piece is an error page. After it the response is cut.
        total += int(row)
        yield f"{row} makes {total}\n"


# ANCHOR_END: yielded


# ANCHOR: driven
@app.route("/driven")
async def driven(response):
    response.set_status(201)
    response.set_cookie("session", "abc")
    await response.write("Hello ")
    await response.end("World!")


@app.route("/raw")
async def raw(response):
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw")
    response.close(keepalive=True)


# ANCHOR_END: driven


# ANCHOR: described
@app.route("/report")
async def report(response):
    response.set_attachment("naïve report.csv")
    return "a,b\n1,2\n"


@app.route("/versioned")
async def versioned(response):
    if response.set_validators(etag="version 7"):
        return b""
    return "a page"


# ANCHOR_END: described
