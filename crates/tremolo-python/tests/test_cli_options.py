"""The options of the command line, its help, its scripts for shells, names of other servers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tremolo import __main__ as command_line
from tremolo._cli import completion, help_text
from tremolo._cli.parse import parse
from tremolo._cli.synonyms import REFUSED, SWITCH_SYNONYMS, SYNONYMS
from tremolo._cli.table import GROUPS, OPTIONS, TABLE, dashed
from tremolo._options import OF_RUN, WITHOUT_EFFECT
from tremolo._tremolo import engine_options

HERE = Path(__file__).parent
HELP = HERE / "help.txt"
COMING_FROM = HERE.parents[2] / "docs/coming-from.md"


def read(*arguments):
    """The options of `run`, those of the command line, and the rest."""
    options, own = {}, {}
    others = parse(arguments, {}, options, own)
    return options, own, others


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        read(*arguments)
    assert ended.value.code == 1
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    return text.rstrip("\n")


ENGINE = engine_options()


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_an_option_of_the_table_is_read_as_in_the_environment(name):
    row = TABLE[name]
    if row.value:
        text = row.default or {"NUMBER": "7", "TIME": "7s"}.get(row.value, "a")
        given = [dashed(name), text]
        expected = None if name == "trusted_proxies" else ENGINE[name]
        options, _, others = read(*given, "module:app")
        if row.default and expected is not None:
            assert options == {name: expected}
        assert read(f"{dashed(name)}={text}", "module:app")[0] == options
    else:
        options, _, others = read(dashed(name), "module:app")
        assert options == {name: True}
        assert read(f"--no-{dashed(name)[2:]}")[0] == {name: False}
        assert read(f"{dashed(name)}=off")[0] == {name: False}
    assert list(options) == [name]
    assert others == ["module:app"]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["--host", "::1", "--port", "80"], {"host": "::1", "port": 80}),
        (["--loop", "uvloop"], {"loop": "uvloop"}),
        (["--root-path", "/api"], {"root_path": "/api"}),
        (["--worker-num", "-1"], {"worker_num": -1}),
        (["--log-level", "warning"], {"log_level": "warning"}),
        (["--log-fmt", "json"], {"log_fmt": "json"}),
        (["--ssl-cert", "a", "--ssl-key", "b"], {"ssl": {"cert": "a", "key": "b"}}),
        (["--keepalive-timeout", "1.5s"], {"keepalive_timeout": 1.5}),
        (["--keepalive-timeout", "5"], {"keepalive_timeout": 5}),
        (["--client-max-body-size=10MiB"], {"client_max_body_size": 10 << 20}),
        (["--access-log"], {"access_log": "text"}),
        (["--access-log", "json"], {"access_log": "json"}),
        (["--no-access-log"], {"access_log": "off"}),
        (["--experimental"], {"experimental": True}),
        (["--default-content-type", "text/plain"], {"default_content_type": "text/plain"}),
    ],
)  # fmt: skip
def test_an_option_of_run(arguments, options):
    assert read(*arguments, "module:app") == (options, {}, ["module:app"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--factory"],
        ["--app-dir", "src"],
        *(["--interface", word] for word in ("auto", "asgi", "wsgi", "rsgi", "tremolo")),
        *(["--lifespan", word] for word in ("auto", "on", "off")),
        ["--static", "/static=public"],
        ["--header", "X-A: b"],
        ["--env-file", ".env"],
        ["--log-config", "log.ini"],
        ["--config", "a.toml"],
        ["--bind", "127.0.0.1:1,/x.sock"],
        *(["--completion", shell] for shell in ("bash", "zsh", "fish")),
        ["--version"],
        ["--help"],
    ],
)
def test_an_option_of_the_command_line(arguments):
    name = arguments[0][2:].replace("-", "_")
    text = arguments[1] if len(arguments) > 1 else ""
    assert read(*arguments, "module:app") == ({}, {name: [text]}, ["module:app"])
    assert read(*arguments, *arguments)[1] == {name: [text, text]}
    COVERED.add(name)


COVERED = set(ENGINE) | set(WITHOUT_EFFECT) | OF_RUN | {"ssl_cert", "ssl_key"}


def test_the_tests_above_have_every_option():
    assert set(OPTIONS) <= COVERED


#: The names of other servers, with what they are.
SAME = [
    ("--workers 4", {"worker_num": 4}),
    ("--timeout-keep-alive 5", {"keepalive_timeout": 5}),
    ("--timeout-graceful-shutdown 10", {"shutdown_timeout": 10}),
    ("--timeout-worker-healthcheck 5", {"worker_heartbeat_timeout": 5}),
    ("--graceful-timeout 10", {"shutdown_timeout": 10}),
    ("--workers-kill-timeout 10", {"shutdown_timeout": 10}),
    ("--keep-alive 5", {"keepalive_timeout": 5}),
    ("--forwarded-allow-ips 10.0.0.0/8", {"trusted_proxies": "10.0.0.0/8"}),
    ("--forwarded-allow-ips *", {"trusted_proxies": "0.0.0.0/0,::/0,unix"}),
    ("--limit-max-requests 100", {"worker_max_requests": 100}),
    ("--max-requests 100", {"worker_max_requests": 100}),
    ("--h11-max-incomplete-event-size 65536", {"client_max_header_size": 65536}),
    ("--limit-request-fields 50", {"client_max_header_fields": 50}),
    ("--reload-dir a --reload-dir b", {"reload_dirs": "a,b"}),
    ("--ssl-certfile a", {"tls_cert": "a"}),
    ("--ssl-keyfile a", {"tls_key": "a"}),
    ("--ssl-keyfile-password a", {"tls_key_password": "a"}),
    ("--ssl-ca-certs a", {"tls_client_ca": "a"}),
    ("--ssl-cert-reqs 1", {"tls_client_required": False}),
    ("--ssl-cert-reqs 2", {"tls_client_required": True}),
    ("--cert-reqs 2", {"tls_client_required": True}),
    ("--read-timeout 10", {"request_timeout": 10}),
    ("--websocket-max-message-size 65536", {"ws_max_payload_size": 65536}),
    ("--reload-paths a", {"reload_dirs": "a"}),
    ("--uds-permissions 600", {"unix_socket_mode": 0o600}),
    ("--certfile a", {"tls_cert": "a"}),
    ("--keyfile a", {"tls_key": "a"}),
    ("--keyfile-password a", {"tls_key_password": "a"}),
    ("--ca-certs a", {"tls_client_ca": "a"}),
    ("--ssl-certificate a", {"tls_cert": "a"}),
    ("--ssl-ca a", {"tls_client_ca": "a"}),
    ("--ws-max-size 1048576", {"ws_max_payload_size": 1 << 20}),
    ("--ws-per-message-deflate false", {"ws_compression": False}),
    ("--websocket-ping-interval 20", {"ws_ping_interval": 20}),
    ("--pid a", {"pid_file": "a"}),
    ("--pidfile a", {"pid_file": "a"}),
    ("--threads 8", {"thread_pool_size": 8}),
    ("--blocking-threads 8", {"thread_pool_size": 8}),
    ("--workers-lifetime 1h", {"worker_lifetime": 3600}),
    ("--workers-max-rss 64", {"limit_memory": 65536}),
    ("--proxy-headers", {}),
    ("--no-proxy-headers", {"trusted_proxies": ""}),
    ("--server-header", {}),
    ("--no-server-header", {"server_name": ""}),
    ("--date-header", {}),
    ("--url-path-prefix /api", {"root_path": "/api"}),
    ("--ws none", {"ws": False}),
    ("--ws=none", {"ws": False}),
    ("--ws wsproto", {"ws": True}),
]  # fmt: skip

#: Those that are options of the command line itself.
SAME_OWN = [
    ("--fd 3", {"bind": ["fd://3"]}),
    ("--uds /run/x.sock", {"bind": ["/run/x.sock"]}),
    ("--env-files .env", {"env_file": [".env"]}),
    ("--uds x.sock", {"bind": ["./x.sock"]}),
    ("--interface asgi3", {"interface": ["asgi"]}),
]


@pytest.mark.parametrize(("line", "options"), SAME)
def test_a_name_of_another_server_is_an_option_of_run(line, options):
    found, own, others = read(*line.split(), "module:app")
    if "trusted_proxies" not in options:
        assert found == options
    assert found.keys() == options.keys()
    assert (own, others) == ({}, ["module:app"])


@pytest.mark.parametrize(("line", "own"), SAME_OWN)
def test_a_name_of_another_server_is_an_option_of_the_command_line(line, own):
    assert read(*line.split(), "module:app") == ({}, own, ["module:app"])


def test_the_tests_above_have_every_name_of_another_server():
    tested = {re.split("[ =]", line)[0] for line, _ in SAME + SAME_OWN}
    names = {dashed(name) for name in (*SYNONYMS, *SWITCH_SYNONYMS)}
    assert names - tested == {"--no-access-log"}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_name_without_a_meaning_is_refused_with_what_to_write(capsys, name):
    text = refused(capsys, dashed(name), "x", "module:app")
    assert text == f"{dashed(name)} has no meaning here: {REFUSED[name]}"
    for option in re.findall(r"write (--[a-z-]+)", text):
        assert option[2:].replace("-", "_") in {*OPTIONS, *SYNONYMS}


def test_no_name_has_two_meanings():
    names = [*OPTIONS, *SYNONYMS, *SWITCH_SYNONYMS, *REFUSED]
    assert len(names) == len(set(names))
    assert {one.option for one in SYNONYMS.values()} <= set(OPTIONS)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["--interface", "cgi"],
            'Invalid --interface value "cgi". It must be auto, asgi, wsgi, rsgi or tremolo',
        ),
        (["--lifespan=maybe"], 'Invalid --lifespan value "maybe". It must be auto, on or off'),
        (["--ws=perhaps"], 'Invalid --ws value "perhaps". It must be true or false'),
        (
            ["--timeout-keep-alive", "soon"],
            'Invalid --timeout-keep-alive value "soon". '
            "It must be a duration, such as 15s or 500ms",
        ),
        (["--app-dir"], "Invalid --app-dir: it needs a value"),
        (
            ["--keepalive-timout", "1"],
            'Unrecognized option "--keepalive-timout"; did you mean --keepalive-timeout?',
        ),
        (["--proxy-heders"], 'Unrecognized option "--proxy-heders"; did you mean --proxy-headers?'),
        (["-w", "4"], 'Unrecognized option "-w"'),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(capsys, arguments, text):
    assert refused(capsys, *arguments) == text


def test_the_help_is_as_it_was_recorded():
    text = "\n".join(help_text.lines()) + "\n"
    if "RECORD" in os.environ:
        HELP.write_text(text)
    assert text == HELP.read_text(), "RECORD=1 writes it anew"


def test_the_help_has_80_columns_and_every_option():
    lines = "\n".join(help_text.lines()).split("\n")
    assert max(map(len, lines)) <= help_text.WIDTH == 80
    first = {line.split()[0] for line in lines if line.startswith("  --")}
    for option in OPTIONS.values():
        assert {option.spelling, f"--no-{option.spelling[2:]}"} & first
    assert [line[:-1] for line in lines if line[:-1] in GROUPS] == list(GROUPS)
    assert command_line.usage() == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_a_shell_has_every_option_and_is_valid(shell):
    text = completion.script(shell)
    for option in OPTIONS.values():
        assert (f"-l {option.spelling[2:]} " if shell == "fish" else option.spelling) in text
    if path := shutil.which(shell):
        done = subprocess.run([path, "-n"], input=text, text=True, capture_output=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_options_words_and_files(tmp_path):
    if not (bash := shutil.which("bash")):
        pytest.skip("there is no bash")
    (tmp_path / "main.py").touch()
    (tmp_path / "notes.txt").touch()

    def completed(*words):
        line = " ".join(f"'{word}'" for word in ("tremolo", *words))
        program = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _tremolo; echo ${{COMPREPLY[*]}}"
        script = completion.script("bash") + program
        run = [bash, "-c", script]
        return subprocess.run(run, capture_output=True, text=True, cwd=tmp_path).stdout.split()

    assert completed("--lifesp") == ["--lifespan"]
    assert completed("--lifespan", "o") == ["on", "off"]
    assert completed("") == ["main.py"]
    assert "notes.txt" in completed("--config", "n")


def test_the_documentation_has_every_name_of_another_server():
    text = COMING_FROM.read_text()
    for name in (*SYNONYMS, *SWITCH_SYNONYMS, *REFUSED):
        assert re.search(rf"`{dashed(name)}[` =]", text), name


@pytest.mark.parametrize(
    "program", [["-m", "tremolo"], [str(Path(sys.executable).parent / "tremolo")]]
)
def test_the_program_prints_a_script(program):
    run = [sys.executable, *program, "--completion", "zsh"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, completion.script("zsh"))
