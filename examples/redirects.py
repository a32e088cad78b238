"""Redirects: after a form, permanent ones, and to another site.

`python examples/redirects.py`, then `curl -iL -d text=Hello http://127.0.0.1:8000/notes`.
"""

import sys
from urllib.parse import quote

from tremolo import Application

app = Application()
notes = []


@app.route("/notes")
class Notes:
    async def get(self):
        return "".join(f"{note}\n" for note in notes)

    async def post(self, request, response):
        form = await request.form(max_size=10_000)
        notes.extend(form.get("text", []))
        # 303: the client goes on with GET, and a reload does not send the form again.
        raise response.redirect("/notes", 303)


@app.route("/old")
async def moved(response):
    raise response.redirect("/notes", 301)


@app.route("/upload")
async def elsewhere(response):
    # 307 and 308 keep the method and the body.
    raise response.redirect("/notes", 308)


@app.route("/search/{*words}")
async def search(words: str, response):
    """`words` is decoded: `quote` encodes it for the other URL."""
    raise response.redirect("https://example.com/?q=" + quote(words))


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
