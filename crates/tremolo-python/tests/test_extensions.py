"""The published extensions run unchanged: tremolo-session, tremolo-login, httpout."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LOOPS, Program

EXTENSIONS = ["tremolo-session==1.0.13", "tremolo-login==1.1.1", "httpout==0.1.1"]
FOLDER = Path(__file__).parents[3] / "target" / "python" / "extensions"


@pytest.fixture(scope="module")
def installed():
    """A folder with the extensions, without the original that they depend on."""
    made_from = f"{sys.version}\n{EXTENSIONS}"
    stamp = FOLDER / "made-from"
    if not stamp.exists() or stamp.read_text() != made_from:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        place = ["--no-deps", "--upgrade", "--target", str(FOLDER)]
        subprocess.run([*pip, *place, *EXTENSIONS], check=True)
        stamp.write_text(made_from)
    return FOLDER


class Extended(Program):
    script = "extensions.py"


@pytest.fixture(params=LOOPS)
def extended(request, installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(installed))
    programs = []

    def start(which):
        programs.append(Extended(request.param, which, str(tmp_path)))
        return programs[-1]

    yield start
    for program in programs:
        code, log = program.stop()
        assert code == 0, log
        assert "Traceback" not in log, log


class Browser:
    """A client that keeps its cookie."""

    def __init__(self, program):
        self.program = program
        self.cookie = None

    def ask(self, path, body=None):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if body is None else "POST"
        response = self.program.get(path, method=method, body=body, headers=headers)
        if cookie := response.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return response

    def text(self, path, body=None):
        return self.ask(path, body).data.decode()


def test_a_session_is_kept(extended):
    program = extended("session")
    browser, other = Browser(program), Browser(program)
    first = browser.ask("/count")
    assert first.data == b"no session"
    assert first.getheader("Cache-Control") == "no-cache, must-revalidate"
    assert "max-age=34560000" in first.getheader("Set-Cookie").lower()
    assert [browser.text("/count") for _ in range(3)] == ["1", "2", "3"]
    assert [other.text("/count") for _ in range(2)] == ["no session", "1"]
    assert browser.text("/delete") == "deleted"
    other.cookie = "sess=forged"
    assert other.ask("/count").status == 403


def test_login_and_logout(extended, tmp_path):
    program = extended("login")
    browser = Browser(program)
    assert [browser.text("/") for _ in range(2)] == ["a stranger", "a stranger"]
    assert browser.text("/login", "password=wrong") == "wrong"
    token = browser.text("/login", "password=secret")
    assert browser.text("/") == "logged in"
    with_token = program.get("/", headers={"Authorization": f"sess {token}"})
    assert with_token.data == b"logged in"
    away = browser.ask("/logout")
    assert (away.status, away.getheader("Location")) == (302, "/")
    assert browser.text("/") == "a stranger"
    browser.cookie = "sess=!"
    refused = browser.ask("/")
    assert refused.status == 403
    assert refused.getheader("Set-Cookie").startswith("sess=")


PAGES = {
    "index.py": "print('Hello World!')",
    "header.py": """
from httpout import response
response.set_status(201, 'Created')
response.set_header('X-Own', 'own')
print('a', 'b', sep='-')
""",
    "form.py": """
from httpout import request
async def main():
    form = await request.form()
    print(form['name'][0])
wait(main())
""",
    "where.py": """
from httpout import __server__
print(__server__['REQUEST_METHOD'], __server__['PATH_INFO'], __server__['QUERY_STRING'])
""",
    "imports.py": "import helper\nprint(helper.text)",
    "helper.py": "text = 'of a module'",
    "coroutine.py": """
import asyncio
async def main():
    await asyncio.sleep(0)
    print('of a coroutine')
run(main())
""",
    "fails.py": "print('before')\nraise ValueError('the <reason>')",
    "exits.py": "print('before')\nexit('the end')",
    "style.css": "body {}",
    "unknown.xyz": "",
    "_private.py": "",
}


def test_pages_posts_errors_static_files(extended, tmp_path):
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text)
    program = extended("httpout")
    assert program.text("/") == "Hello World!\n"
    assert program.text("/index.py") == "Hello World!\n"
    page = program.get("/header.py")
    assert (page.status, page.getheader("X-Own"), page.data) == (201, "own", b"a-b\n")
    assert Browser(program).text("/form.py", "name=value") == "value\n"
    assert program.text("/where.py/more?a=1") == "GET /more a=1\n"
    assert program.text("/imports.py") == "of a module\n"
    assert program.text("/coroutine.py") == "of a coroutine\n"
    assert "ValueError: the &lt;reason&gt;" in program.text("/fails.py")
    assert program.text("/exits.py") == "before\nthe end"
    file = program.get("/style.css")
    assert (file.getheader("Content-Type"), file.data) == ("text/css", b"body {}")
    statuses = {"/missing.py": 404, "/missing": 404, "/unknown.xyz": 403, "/_private.py": 404,
                "/.hidden": 403}  # fmt: skip
    for path, status in statuses.items():
        assert (path, program.get(path).status) == (path, status)
    # Again, from the cache of modules.
    assert [program.text("/") for _ in range(3)] == ["Hello World!\n"] * 3
