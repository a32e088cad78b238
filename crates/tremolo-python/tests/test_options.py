"""Options of `run`: those that work, those that do not yet, and how an application sees them."""

import asyncio
import re
from pathlib import Path

import pytest
from conftest import LOOPS, Program
from tremolo import Application, _process_options
from tremolo._option_types import Options as OptionTypes
from tremolo._options import ENGINE, OF_RUN, WITHOUT_EFFECT, Options
from tremolo._tremolo import engine_options

#: The options of the original's `run`.
ORIGINAL = """
    host port reuse_port worker_num thread_pool_size limit_memory backlog ssl debug reload ws
    ws_max_payload_size log_level log_fmt loop download_rate upload_rate buffer_size
    client_max_body_size client_max_header_size max_queue_size request_timeout keepalive_timeout
    keepalive_connections app_handler_timeout app_close_timeout shutdown_timeout server_name
    root_path experimental app
""".split()

CHANGED = [
    ("root_path", "/api"),
    ("experimental", True),
    ("app", "module:app"),
]


@pytest.mark.parametrize(("name", "value"), CHANGED)
def test_an_option_without_effect_is_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name}=.*no effect yet") as raised:
        Application().run("127.0.0.1", 0, **{name: value})
    text = str(raised.value)
    assert "secret" not in text
    shown = repr(value).replace("'secret'", "'***'")
    assert text.startswith(f"{name}={shown}: ")
    with pytest.raises(ValueError, match=f"^{name}=.*no effect yet"):
        asyncio.run(Application().serve("127.0.0.1:0", **{name: value}))


def test_every_option_without_effect_is_among_those():
    assert {name for name, _ in CHANGED} == set(WITHOUT_EFFECT)


def test_every_option_of_the_original_works_or_is_refused():
    assert set(ORIGINAL) <= ENGINE | OF_RUN | {"ssl", "thread_pool_size"} | set(WITHOUT_EFFECT)
    assert not ENGINE & set(WITHOUT_EFFECT)


@pytest.mark.parametrize("name", sorted(OF_RUN | _process_options.NAMES))
def test_what_is_for_a_new_loop_is_refused_in_a_running_one(name):
    with pytest.raises(ValueError, match=rf"^{name}=1: an option of run\(\)"):
        asyncio.run(Application().serve("127.0.0.1:0", **{name: 1}))


class WithOptions(Program):
    script = "options.py"


@pytest.fixture(params=LOOPS)
def program(request):
    program = WithOptions(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log


def test_defaults_are_accepted_and_unknown_names_are_the_applications(program):
    seen = dict(line.split("=", 1) for line in program.text("/globals").splitlines())
    assert seen["mine"] == "'own'"
    assert seen["client_max_body_size"] == "1000"
    # What was not given is there as well.
    assert seen["request_timeout"] == "30.0"
    assert seen["debug"] == "False"
    assert set(ORIGINAL) - OF_RUN - {"thread_pool_size"} <= set(seen)


def test_a_handler_has_a_rate_and_a_buffer_size(program):
    assert program.text("/own") == "{'rate': 5, 'foo': 1, 'buffer_size': 8192}"
    assert program.text("/none") == "{'rate': 1048576, 'buffer_size': 8192}"


def test_what_the_server_has_read_cannot_be_changed(program):
    assert program.text("/change").splitlines() == [
        "download_rate: it cannot change while the server runs; give it to run(), or give `rate` to"
        " the handler or to `response.write`",
        "request_timeout: it cannot change while the server runs; give it to run(), or set"
        " `request.timeout`",
        "ws: it cannot change while the server runs; give it to run()",
        "mine: changed",
        "client_max_body_size: changed",
    ]


def test_the_lines_of_the_log_have_the_format_that_was_given():
    program = WithOptions("asyncio")
    assert program.get("/nowhere-raises").status == 500
    code, log = program.stop()
    assert code == 0
    assert log.startswith("ERROR! <Request GET /nowhere-raises> failed\n")


def test_options_change_in_no_other_way():
    options = Options({"mine": 1})
    change = [
        lambda: options.update(debug=True),
        lambda: options.pop("debug"),
        lambda: options.__delitem__("debug"),
        lambda: options.__ior__({"debug": True}),
        options.clear,
    ]
    for attempt in change:
        with pytest.raises(ValueError, match=r"debug: it cannot|the options of a server stay"):
            attempt()
    options |= {"mine": 2, "yours": 3}
    assert (options.popitem(), options.pop("mine"), options.pop("mine", 0)) == (("yours", 3), 2, 0)
    assert options.setdefault("mine", 4) == options.setdefault("mine", 5) == 4
    options.update(debug=False, request_timeout=30)


def test_the_engine_takes_its_own_defaults():
    source = Path(__file__).parents[2] / "tremolo-config" / "src" / "table.rs"
    rows = re.findall(
        r"^    (?:Server|Listener|PythonServer) (\w+): ", source.read_text(), re.MULTILINE
    )
    assert set(rows) == set(engine_options())
    for name, value in engine_options().items():
        Options({name: value})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("keepalive_timout", "keepalive_timeout"),
        ("client_max_bodysize", "client_max_body_size"),
        ("worker_nums", "worker_num"),
        ("limit_memroy", "limit_memory"),
        ("log_levl", "log_level"),
    ],
)
def test_a_name_that_is_nearly_an_option_is_refused(name, meant):
    with pytest.raises(ValueError, match=f"^{name}: unknown; did you mean {meant}?"):
        Application().run("127.0.0.1", 0, **{name: 1})


@pytest.mark.parametrize(
    "name",
    # Each object is true or false. Those of processes are not options of `serve`.
    [
        name
        for name, default in engine_options().items()
        if not isinstance(default, bool) and name not in _process_options.NAMES
    ],
)
def test_a_keyword_of_another_type_is_refused_by_its_name(name):
    default = engine_options()[name]
    wrong = object() if isinstance(default, str) or name == "trusted_proxies" else "many"
    with pytest.raises((TypeError, ValueError), match=f"^{name}: ") as error:
        asyncio.run(Application().serve("127.0.0.1:0", **{name: wrong}))
    assert "\n" not in str(error.value)


def test_the_types_of_the_keywords_are_those_of_the_engine():
    assert set(OptionTypes.__annotations__) == ENGINE
