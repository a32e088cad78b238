"""Applications of the published extensions. `python extensions.py ADDRESS LOOP WHICH FOLDER`."""

import sys

import tremolo

app = tremolo.Application()


def with_session(folder):
    from tremolo_session import Session

    Session(app, path=folder)

    @app.route("/count")
    async def count(request):
        session = request.ctx.session
        if session is None:
            return "no session"
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    @app.route("/delete")
    async def delete(request):
        request.ctx.session.delete()
        return "deleted"


def with_login(folder):
    from tremolo_login import Session

    Session(app, path=folder)

    @app.route("/")
    async def index(request, **server):
        session = request.ctx.session
        return "logged in" if session is not None and session.is_logged_in() else "a stranger"

    @app.route("/login")
    async def login(request):
        form = await request.form()
        if form["password"] == ["secret"]:
            return request.ctx.session.login()
        return "wrong"

    @app.route("/logout")
    async def logout(request, response):
        request.ctx.session.logout()
        response.set_status(302, b"Found")
        response.set_header(b"Location", b"/")
        return b""


def with_httpout(_folder):
    from httpout import HTTPOut

    HTTPOut(app)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    which = {"session": with_session, "login": with_login, "httpout": with_httpout}
    which[sys.argv[3]](sys.argv[4])
    app.run(host, int(port), loop=sys.argv[2], document_root=sys.argv[4])
