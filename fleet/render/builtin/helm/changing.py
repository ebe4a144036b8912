"""Templates whose result may differ from itself: what is asked of them, and how that shows in a second render."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Functions of Helm's templates that give another answer each time, by chance, by the clock, or in the order of a hash map.
_NAMES = (
    "now ago date htmlDate dateInZone date_in_zone htmlDateInZone randAlphaNum randAlpha randNumeric randAscii randBytes randInt "
    "shuffle uuidv4 genPrivateKey genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert "
    "genSignedCertWithKey bcrypt htpasswd encryptAES getHostByName"
).split()
_CHANGING = re.compile(rb"\b(?:%s)\b|\b(?:keys|values)\s+[$.(]" % b"|".join(name.encode() for name in _NAMES))

_QUOTED = r"\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\\n])*+'|`[^`]*+`|/\*.*?\*/"
_STOP = re.compile(rf"{_QUOTED}|\}}\}}|[\"'`]|/\*", re.DOTALL)
"""What an action's end is told by: something quoted, the end itself, or what begins a quote that never ends."""
TOKEN = re.compile(rf"{_QUOTED}|[\w.$]+|.", re.DOTALL)

# Later by so much that year, month, day, weekday, hour, minute and second all differ.
_LATER = '(now | dateModify "+9607h11m13s")'


def may_change(texts: Iterable[bytes]) -> bool:
    """Whether any of the texts names such a function, be it in a comment: that costs a second render, nothing else."""
    return any(_CHANGING.search(text) for text in texts)


def later(text: bytes) -> bytes:
    """Set the clock of a template forward: whatever it makes of the time is then certainly different."""
    if b"now" not in text:
        return text
    template = text.decode("utf-8", "surrogateescape")
    made, at = [], 0
    for begin, end in actions(template):
        made += [template[at:begin], _moved(template[begin:end])]
        at = end
    return "".join([*made, template[at:]]).encode("utf-8", "surrogateescape")


def actions(template: str) -> Iterator[tuple[int, int]]:
    """Where each action of a template begins and ends; none after one that does not end."""
    at = 0
    while (begin := template.find("{{", at)) >= 0 and (at := _end(template, begin + 2)):
        yield begin, at


def _end(template: str, at: int) -> int:
    """Where an action ends; 0 when it does not, and then no template comes of the text. Every character is looked at once."""
    while (found := _STOP.search(template, at)) and len(found[0]) > 1 and found[0] != "/*":
        at = found.end()
        if found[0] == "}}":
            return at
    return 0


def _moved(action: str) -> str:
    return "".join(_LATER + token[3:] if token.partition(".")[0] == "now" else token for token in TOKEN.findall(action))
