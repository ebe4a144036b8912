"""REST over HTTP: what people and programs ask of a running hub, and what they may tell it to do.

In: the Hub. Out: an aiohttp application under `/api/v1`, with `/healthz` and `/readyz`, served on the unix socket of the state
directory, which is the owner's alone, and where the registry says `listen:` on a loopback address, read-only. Answers are
those of `queries`, errors are `{"error": NAME, "message": TEXT}`. Every answer carries the number of the hub's last change in
`Fleet-Rings`; `/api/v1/wait` answers when there is a newer one.

Never here: what an answer says (that is `queries`), what a decision does (`hub.decisions`), and a write by anybody who is not
known: over TCP nothing can be told to the hub.
"""

from fleet.api.app import make_app
from fleet.api.listening import listening

__all__ = ["listening", "make_app"]
