"""Print what makes your shell complete the words of fleet.

bash:  source <(fleet completion bash)
zsh:   source <(fleet completion zsh)
fish:  fleet completion fish | source
"""

from __future__ import annotations

import argparse

from fleet.cli.frame.codes import FINE
from fleet.cli.frame.dispatch import VERBS, parser_of, verb_module

_UNLOADED = frozenset({"serve"})  # its file brings the whole hub along, and it has no flags of its own


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take which shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(options: argparse.Namespace) -> int:
    """Print it."""
    words = {verb: flags_of(verb) for verb in VERBS}
    print({"bash": _bash, "zsh": _zsh, "fish": _fish}[options.shell](words))
    return FINE


def flags_of(verb: str) -> list[str]:
    """Every flag and fixed word that a verb takes, global ones included."""
    parser = parser_of("version" if verb in _UNLOADED else verb, verb_module("version" if verb in _UNLOADED else verb))
    found: list[str] = []
    for action in parser._actions:
        found += action.option_strings or [str(choice) for choice in action.choices or ()]
    return sorted(set(found))


def _bash(words: dict[str, list[str]]) -> str:
    cases = "\n".join(f'    {verb}) words="{" ".join(flags)}" ;;' for verb, flags in words.items())
    return f"""\
_fleet() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} verb="" words="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in -*) ;; *) verb=$word; break ;; esac
  done
  case $verb in
{cases}
    *) words="{" ".join(words)}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _fleet fleet"""


def _zsh(words: dict[str, list[str]]) -> str:
    return f"autoload -U +X bashcompinit && bashcompinit\n{_bash(words)}"


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c fleet -n __fish_use_subcommand -a {verb} -d '{VERBS[verb]}'" for verb in words]
    for verb, flags in words.items():
        fixed = " ".join(flag for flag in flags if not flag.startswith("-"))
        lines += [f"complete -c fleet -n '__fish_seen_subcommand_from {verb}' -a '{fixed}'"] if fixed else []
        lines += [
            f"complete -c fleet -n '__fish_seen_subcommand_from {verb}' {_fish_flag(flag)}" for flag in flags if flag[0] == "-"
        ]
    return "\n".join(lines)


def _fish_flag(flag: str) -> str:
    return f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
