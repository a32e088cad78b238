"""Scripts that complete the options in a shell, made of the table."""

from __future__ import annotations

from collections.abc import Iterator

from .synonyms import SYNONYMS
from .table import OPTIONS, Option, dashed


def script(shell: str) -> str:
    """The script for `bash`, `zsh` or `fish`."""
    return "\n".join(SHELLS[shell]()) + "\n"


def _spellings(option: Option) -> list[str]:
    if not option.value and option.default in ("true", "false"):
        return [option.spelling, f"--no-{option.spelling[2:]}"]
    return [option.spelling]


def _is_path(option: Option) -> bool:
    names = ("tls_cert", "tls_key", "tls_client_ca", "pid_file", "reload_dirs")
    return option.value in ("FILE", "FOLDER") or option.name in names


def _bash() -> Iterator[str]:
    names = [dashed(name) for name in SYNONYMS]
    names += [spelling for option in OPTIONS.values() for spelling in _spellings(option)]
    yield '# For bash: eval "$(tremolo --completion bash)"'
    yield "_tremolo() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    COMPREPLY=()"
    yield "    case $before in"
    for option in OPTIONS.values():
        if option.words:
            words = " ".join(option.words)
            yield f"        {option.spelling}) COMPREPLY=($(compgen -W '{words}' -- \"$word\"));;"
    files = "|".join(option.spelling for option in OPTIONS.values() if _is_path(option))
    yield f'        {files}) COMPREPLY=($(compgen -f -- "$word"));;'
    yield "        *)"
    yield "            case $word in"
    yield f"                -*) COMPREPLY=($(compgen -W '{' '.join(names)}' -- \"$word\"));;"
    yield "                *) COMPREPLY=("
    yield '                    $(compgen -f -X \'!*.py\' -- "$word"; compgen -d -- "$word"));;'
    yield "            esac;;"
    yield "    esac"
    yield "}"
    yield "complete -F _tremolo tremolo"


def _zsh() -> Iterator[str]:
    yield "#compdef tremolo"
    yield "# For zsh: tremolo --completion zsh > a file `_tremolo` in a folder of $fpath"
    yield "_arguments \\"
    for option in OPTIONS.values():
        about = _escaped(option.about, "[]:'")
        for spelling in _spellings(option):
            line = f"'{spelling}[{about}]"
            if option.value:
                kind = f"({' '.join(option.words)})" if option.words else ""
                kind = "_files" if _is_path(option) else kind or " "
                line = f"'{spelling}=[{about}]:{_escaped(option.value, '[]:')}:{kind}"
            yield f"    {line}' \\"
    yield "    '1:APP:_files -g \"*.py\"'"


def _fish() -> Iterator[str]:
    yield "# For fish: tremolo --completion fish | source"
    yield "complete -c tremolo -f -a '(__fish_complete_suffix .py)'"
    for option in OPTIONS.values():
        for spelling in _spellings(option):
            about = _escaped(option.about, "'")
            line = f"complete -c tremolo -l {spelling[2:]} -d '{about}'"
            if _is_path(option):
                line += " -r -F"
            elif option.value:
                line += f" -x -a '{' '.join(option.words)}'" if option.words else " -x"
            yield line


def _escaped(text: str, characters: str) -> str:
    """A text within single quotes of a shell."""
    text = text.replace("'", "").replace("\\", "\\\\")
    return "".join(f"\\{one}" if one in characters else one for one in text)


#: What makes the script of each shell.
SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
