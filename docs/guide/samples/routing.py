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
@app.route("/notes")
class Notes:
    async def get(self):
        return "all notes"

    async def post(self, request, response):
        response.set_status(201)
        return b"created: " + await request.body()


@app.route(r"^/v(?P<version>\d+)/status$")
async def status(version):
    return b"version " + version


@admin.route("/")
async def administration():
    return "the administration"


app.mount("/admin", admin)
# ANCHOR_END: table
