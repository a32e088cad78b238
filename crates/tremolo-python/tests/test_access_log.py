"""Where the lines of the access log go. Their text is tested for both fronts in Rust."""

import asyncio
import re

import pytest
from conftest import LOOPS, Program
from tremolo import Application

DATE = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]"


class WithLog(Program):
    script = "access.py"


@pytest.fixture(params=LOOPS)
def lines_of(request):
    def lines_of(mode):
        program = WithLog(request.param, mode)
        assert program.get("/hello").status == 200
        assert program.get("/thread").status == 201
        assert program.get("/missing").status == 404
        code, log = program.stop()
        assert code == 0, log
        return log.splitlines()

    return lines_of


def test_each_exchange_is_a_line_in_the_order_in_which_they_end(lines_of):
    lines = lines_of("on")
    assert len(lines) == 3, lines
    for line, path, status in zip(
        lines, ["/hello", "/thread", "/missing"], [200, 201, 404], strict=True
    ):
        expected = (
            rf'127\.0\.0\.1 - - {DATE} "GET {path} HTTP/1\.1" {status} \d+ "-" "-" \d+\.\d{{3}}ms'
        )
        assert re.fullmatch(expected, line), line


def test_the_logging_of_the_program_gets_the_lines(lines_of):
    lines = lines_of("own")
    assert len(lines) == 3, lines
    assert all(line.startswith("tremolo.access|INFO|127.0.0.1 - - [") for line in lines)


@pytest.mark.parametrize("mode", ["disabled", "warning", "off"])
def test_nothing_is_written_while_the_logger_is_off(lines_of, mode):
    assert lines_of(mode) == []


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="access_log: must be one of off, text, combined, json"):
        asyncio.run(Application().serve("127.0.0.1:0", access_log="loud"))
