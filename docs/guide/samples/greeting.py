from html import escape

from tremolo import Application

app = Application()


# ANCHOR: plain
@app.route("/plain")
async def plain(request, content_type="text/plain; charset=utf-8"):
    (name,) = request.query["name"]
    return f"Hello {name}!"


# ANCHOR_END: plain


# ANCHOR: html
@app.route("/html")
async def html(request):
    (name,) = request.query["name"]
    return f"<h1>Hello {escape(name)}!</h1>"


# ANCHOR_END: html
