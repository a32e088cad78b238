from tremolo import Application, StaticFiles

app = Application()


# ANCHOR: one
@app.route("/notes")
async def notes(response):
    await response.sendfile("public/notes.txt")


# ANCHOR_END: one


# ANCHOR: folder
app.mount("/static", StaticFiles("public"))
# ANCHOR_END: folder
