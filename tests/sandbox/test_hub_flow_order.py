"""Order, waiting and failing on sandbox clusters: what `tests/real/test_flow_order.py` says of real ones holds here."""

from tests.real.test_flow_order import *  # noqa: F403
