"""Prints completions for a shell, made from the arguments of each command.

bash: `source <(gradc completions bash)` · zsh: the same with zsh, after `compinit` ·
fish: `gradc completions fish > ~/.config/fish/completions/gradc.fish`
"""

from __future__ import annotations

import argparse
from typing import Any

from gradc.commands import VERBS
from gradc.commands.console import Console
from gradc.commands.dispatch import parser_of
from gradc.commands.options import Choice, Parser
from gradc.records import dataclass
from gradc.report.codes import CODES

SHELLS = ("bash", "zsh", "fish")


def configure(parser: Parser) -> None:

    parser.add_argument(
        "shell", type=Choice(*SHELLS), metavar="|".join(SHELLS), help="the shell to complete for"
    )


def run(arguments: Any, console: Console) -> int:

    tree = [Command.of(verb, parser_of(verb)) for verb in VERBS]
    console.write({"bash": _bash, "zsh": _zsh, "fish": _fish}[arguments.shell](tree))
    return 0


@dataclass(frozen=True, slots=True)
class Flag:
    """An option: its spellings, what it takes, and what it does."""

    names: tuple[str, ...]
    takes: tuple[str, ...] | None  # None: nothing; empty: a word or a file
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    verb: str
    flags: tuple[Flag, ...]
    words: tuple[str, ...]  # what its positional argument may be, where that is a short list
    takes_files: bool

    @classmethod
    def of(cls, verb: str, parser: argparse.ArgumentParser) -> Command:
        flags: list[Flag] = []
        words: tuple[str, ...] = ()
        files = False
        for action in parser._actions:
            choices = tuple(getattr(action.type, "values", ()))
            if action.option_strings:
                takes = None if action.nargs == 0 else choices
                flags.append(Flag(tuple(action.option_strings), takes, action.help or ""))
            elif action.dest in ("files", "versions"):
                files = True
            else:
                words = choices or _words(action.dest)
        return cls(verb, tuple(flags), words, files)


def _words(argument: str) -> tuple[str, ...]:
    if argument != "code":
        return ()

    return tuple(CODES)


def _bash(tree: list[Command]) -> str:
    cases, values = [], []
    for command in tree:
        names = [name for flag in command.flags for name in flag.names]
        cases.append(f'        {command.verb}) options="{" ".join([*names, *command.words])}" ;;')
        for flag in command.flags:
            if flag.takes:
                pattern = "|".join(f"{command.verb}:{name}" for name in flag.names)
                values.append(f'        {pattern}) values="{" ".join(flag.takes)}" ;;')
    return f"""\
# bash completions of gradc. Load them with: source <(gradc completions bash)
_gradc() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    local verb="${{COMP_WORDS[1]}}" options="" values=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{" ".join(VERBS)} --help --version" -- "$current"))
        return
    fi
    case "$verb:$previous" in
{chr(10).join(values)}
    esac
    if [ -n "$values" ]; then
        COMPREPLY=($(compgen -W "$values" -- "$current"))
        return
    fi
    case "$verb" in
{chr(10).join(cases)}
    esac
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    if [[ "$current" != -* ]]; then
        COMPREPLY+=($(compgen -f -X '!*.graph' -- "$current") $(compgen -d -- "$current"))
    fi
}}
complete -o filenames -F _gradc gradc
"""


def _zsh(tree: list[Command]) -> str:
    verbs = "\n".join(f"        {_quoted(f'{c.verb}:{VERBS[c.verb]}')}" for c in tree)
    cases = []
    for command in tree:
        specs = [_zsh_flag(flag) for flag in command.flags]
        if command.takes_files:
            specs.append(_quoted("*:graph:_files -g '*.graph'"))
        elif command.words:
            specs.append(_quoted(f"1:word:({' '.join(command.words)})"))
        lines = " \\\n".join(f"            {spec}" for spec in specs)
        cases.append(f"        {command.verb}) _arguments \\\n{lines} ;;")
    return f"""\
#compdef gradc
# zsh completions of gradc. Load them with: source <(gradc completions zsh)
_gradc() {{
    local -a verbs=(
{verbs}
    )
    if (( CURRENT == 2 )); then
        _describe command verbs
        return
    fi
    local verb="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$verb" in
{chr(10).join(cases)}
    esac
}}
compdef _gradc gradc
"""


def _zsh_flag(flag: Flag) -> str:
    text = flag.help.replace("[", "(").replace("]", ")").replace(":", " -")
    value = ""
    if flag.takes is not None:
        value = f":value:({' '.join(flag.takes)})" if flag.takes else ":value:_files"
    if len(flag.names) == 1:
        return _quoted(f"{flag.names[0]}[{text}]{value}")
    either = " ".join(flag.names)
    return f"'({either})'{{{','.join(flag.names)}}}" + _quoted(f"[{text}]{value}")


def _fish(tree: list[Command]) -> str:
    lines = [
        "# fish completions of gradc.",
        "complete -c gradc -f",
        "complete -c gradc -n __fish_use_subcommand -l version -d 'the version'",
    ]
    for command in tree:
        seen = f"'__fish_seen_subcommand_from {command.verb}'"
        described = _quoted(VERBS[command.verb])
        lines.append(f"complete -c gradc -n __fish_use_subcommand -a {command.verb} -d {described}")
        if command.takes_files:
            files = "'(__fish_complete_suffix .graph)'"
            lines.append(f"complete -c gradc -n {seen} -k -a {files}")
        elif command.words:
            lines.append(f"complete -c gradc -n {seen} -a '{' '.join(command.words)}'")
        for flag in command.flags:
            spelled = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in flag.names
            )
            takes = ""
            if flag.takes is not None:
                takes = f" -x -a '{' '.join(flag.takes)}'" if flag.takes else " -r -F"
            lines.append(f"complete -c gradc -n {seen} {spelled}{takes} -d {_quoted(flag.help)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
