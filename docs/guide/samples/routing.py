from tremolo import Application

app = Application()
admin = Application()


# ANCHOR: parameters
@app.route("/users/{id}")
async def user(id: int):
    return f"user {id}"


@app.route(r"/posts/{year:\d{4}}/{slug}")
async def post(year: int, slug: str):
    return f"{slug} of {year}"


@app.route("/files/{*rest}")
async def file(rest: str):
    return f"the file {rest}"


# ANCHOR_END: parameters


# ANCHOR: table
@app.route("/notes", methods=["GET", "HEAD"])
async def notes():
    return "all notes"


@app.route("/notes", methods=["POST"])
async def create(request, response):
    response.set_status(201)
    text = await request.body()
    return b"created: " + text


@app.route(r"^/v(?P<version>\d+)/status$")
async def status(version):
    return b"version " + version


@admin.route("/")
async def administration():
    return "the administration"


app.mount("/admin", admin)
# ANCHOR_END: table
