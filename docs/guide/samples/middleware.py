import time

from tremolo import Application
from tremolo.exceptions import Unauthorized

app = Application()
admin = Application()


# ANCHOR: halves
@app.on_request
async def begin(request):
    request.ctx.began = time.monotonic()


@app.on_response
async def tell_the_time(request, response):
    took = 1000 * (time.monotonic() - request.ctx.began)
    response.set_header("Server-Timing", f"app;dur={took:.0f}")


# ANCHOR_END: halves


# ANCHOR: refuse
@admin.on_request
async def authenticate(request):
    if request.headers.get(b"authorization") != [b"Bearer secret"]:
        raise Unauthorized


# ANCHOR_END: refuse


# ANCHOR: application
@app.route("/")
async def index():
    return "hello"


@admin.route("/")
async def welcome():
    return "welcome"


# In Python an application with middleware of its own has none of the outer one.
app.mount("/admin", admin)
# ANCHOR_END: application
