"""From words to the verb's own file, which alone is imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from fleet.cli.frame.codes import ERROR, FINE
from fleet.errors import CommandMisused

VERBS: Mapping[str, str] = {
    "serve": "run the hub",
    "demo": "all of it on sandbox clusters, with nothing installed",
    "status": "the fleet at a glance",
    "get": "Apps, a cluster, an App, an object",
    "chart": "lock the charts of repositories, by version and digest; no hub needed",
    "map": "what the repository would put where; no hub needed",
    "render": "the objects of Apps as YAML; no hub needed",
    "validate": "every problem of the repository as file:line; no hub needed",
    "diff": "what a change in git, or a sync now, would change",
    "health": "the health of objects in files; no hub needed",
    "sync": "fetch, and look at Apps now",
    "wait": "until Apps are in sync, or healthy",
    "approve": "say the word that lets a held Plan through",
    "adopt": "let the hub write to a cluster that it only observes, or take over from another engine",
    "drift": "what was changed by hand",
    "history": "what was synced",
    "cluster": "list the registered clusters, check the way into them",
    "completion": "words for your shell to complete",
    "version": "the version",
}
"""Every verb and what it does, in the order of the help."""

_WITH_VALUE = frozenset({"--config", "--server", "--token", "--output", "-o", "--label", "-l"})


def run(words: Sequence[str]) -> int:
    """Run the verb that the words name; gives its exit code."""
    place = verb_at(words)
    if place is None:
        return _no_verb(words)
    verb = words[place]
    if verb == "help":
        return run([*words[place + 1 :], "--help"])
    if verb not in VERBS:
        raise CommandMisused(message=_unknown(verb))
    module = verb_module(verb)
    parser = parser_of(verb, module)
    options = parser.parse_args([*words[:place], *words[place + 1 :]])
    return int(module.run(options))


def verb_module(verb: str) -> ModuleType:
    """The file of a verb: `add_arguments(parser)` and `run(options)`."""
    return importlib.import_module(f"fleet.cli.{verb}")


def parser_of(verb: str, module: ModuleType):  # type: ignore[no-untyped-def]
    """The parser of a verb, global flags included."""
    from fleet.cli.frame.options import verb_parser

    parser = verb_parser(verb, VERBS[verb], details=module.__doc__ or "")
    module.add_arguments(parser)
    return parser


def verb_at(words: Sequence[str]) -> int | None:
    """Where the verb stands: the first word that is neither a flag nor a global flag's value."""
    skip = False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            return place
    return None


def _no_verb(words: Sequence[str]) -> int:
    if "--version" in words:
        return run(["version"])
    asked = "--help" in words or "-h" in words
    print(overview(), file=sys.stdout if asked else sys.stderr)
    return FINE if asked else ERROR


def overview() -> str:
    """The help without a verb."""
    from fleet.cli.frame.options import GLOBAL_FLAGS

    verbs = [f"  {verb:<12}{does}" for verb, does in VERBS.items()]
    flags = [f"  {', '.join(flag.names) + (' ' + flag.value if flag.value else ''):<24}{flag.help}" for flag in GLOBAL_FLAGS]
    head = ["usage: fleet VERB [FLAGS]", "", "Keeps many Kubernetes clusters equal to one git monorepo.", "", "verbs:"]
    tail = ["", "exit codes: 0 fine, 1 differences or unhealthy, 2 error, 3 some clusters unreachable, 4 timeout"]
    return "\n".join([*head, *verbs, "", "flags of every verb (fleet VERB --help shows its own):", *flags, *tail])


def _unknown(verb: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(verb, VERBS, n=1)
    return f"there is no verb {verb}" + (f"; did you mean {near[0]}?" if near else "; fleet --help lists them")
