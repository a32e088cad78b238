import json

from tremolo import Application
from tremolo.exceptions import BadRequest, HTTPException

app = Application()


# ANCHOR: raise
@app.route("/teapot")
async def teapot():
    raise HTTPException("short and stout", code=418, message="I'm a teapot")


@app.route("/share/{people}")
async def share(people: int):
    if people == 0:
        raise BadRequest("nobody is there")
    return f"{100 // people} cakes"


@app.route("/file")
def file():
    return open("/nonexistent", "rb").read()


# ANCHOR_END: raise


# ANCHOR: page
@app.error(404)
async def page(content_type="application/json"):
    return json.dumps([404, "Not Found"])


# ANCHOR_END: page
