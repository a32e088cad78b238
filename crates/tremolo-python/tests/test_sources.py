"""Options from the environment and from a file; what `run` was given weighs more."""

import json
import logging
import subprocess
import sys

import pytest
from conftest import HERE, Program
from tremolo import _logging, _options
from tremolo._tremolo import engine_options


class WithOptions(Program):
    script = "options.py"


def seen_by_an_application():
    program = WithOptions("asyncio")
    try:
        return dict(line.split("=", 1) for line in program.text("/globals").splitlines())
    finally:
        code, log = program.stop()
        assert code == 0, log


def test_code_environment_and_file_in_this_order(tmp_path, monkeypatch):
    file = tmp_path / "app.toml"
    file.write_text(
        'keepalive_timeout = "7s"\nrequest_timeout = 11\nclient_max_body_size = "1MiB"\n'
    )
    monkeypatch.setenv("TREMOLO_CONFIG", str(file))
    monkeypatch.setenv("TREMOLO_KEEPALIVE_TIMEOUT", "500ms")
    monkeypatch.setenv("TREMOLO_CLIENT_MAX_BODY_SIZE", "10MiB")
    seen = seen_by_an_application()
    assert seen["client_max_body_size"] == "1000"
    assert seen["keepalive_timeout"] == "0.5"
    assert seen["request_timeout"] == "11.0"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("KEEPALIVE_TIMOUT", "1s", "unknown; did you mean TREMOLO_KEEPALIVE_TIMEOUT?"),
        ("BUFFER_SIZE", "1", "must be at least 1024"),
        ("WS", "perhaps", "must be true or false"),
    ],
)
def test_a_mistake_is_one_line_and_the_program_exits(name, value, reason, monkeypatch):
    monkeypatch.setenv(f"TREMOLO_{name}", value)
    command = [sys.executable, HERE / "options.py", "127.0.0.1:0", "asyncio"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    line = f'tremolo: TREMOLO_{name}="{value}": {reason}\n'
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    path = str(tmp_path / "missing.toml")
    monkeypatch.setenv("TREMOLO_CONFIG", path)
    with pytest.raises(ValueError, match=f"^{path}: cannot be read: "):
        _options.from_environment()


def test_every_option_of_the_engine_is_taken_from_the_environment(monkeypatch):
    defaults = engine_options()
    for name, value in defaults.items():
        text = "unix" if name == "trusted_proxies" else "unset" if value is None else str(value)
        monkeypatch.setenv(f"TREMOLO_{name.upper()}", oct(value) if "mode" in name else text)
    read = _options.from_environment()
    assert read == {**defaults, "trusted_proxies": "unix"}


def test_options_of_run_itself_are_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("TREMOLO_WORKER_NUM", "0")
    monkeypatch.setenv("TREMOLO_LOG_FMT", "json")
    monkeypatch.setenv("TREMOLO_LOG_LEVEL", "warn")
    monkeypatch.setenv("TREMOLO_THREAD_POOL_SIZE", "7")
    given = dict.fromkeys(("worker_num", "log_fmt", "thread_pool_size"))
    assert _options.of_process({**given, "log_level": "error"}) == {
        "worker_num": -1,
        "log_fmt": "json",
        "log_level": "error",
        "thread_pool_size": 7,
    }


def test_lines_of_the_log_are_json(run):
    program = run(log_fmt="json")
    assert program.get("/raises-at-once").status == 500
    code, log = program.stop()
    assert code == 0
    line = json.loads(log.splitlines()[0])
    assert (line["level"], line["target"]) == ("ERROR", "tremolo.error")
    assert "failed" in line["message"]
    assert "Traceback" in line["exception"]


@pytest.mark.parametrize(("word", "level"), [("off", 51), ("trace", 10), ("warn", 30)])
def test_levels_of_the_table_are_levels_of_the_log(word, level):
    logger = logging.getLogger(f"tremolo.test-{word}")
    logger.addHandler(logging.NullHandler())
    _logging.set_up(logger, (word, None, None), debug=False)
    assert logger.level == level
