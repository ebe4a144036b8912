"""What a watch event means."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.hub.events import completed
from fleet.kube.live.cache import Event
from fleet.model.keys import ObjectKey
from fleet.model.observation import observe

KEY = ObjectKey("batch", "Job", "shop", "migrate")


def event(*conditions: dict[str, Any], key: ObjectKey = KEY) -> Event:
    """An event of an object of ours with these conditions."""
    annotations = {"fleethub.dev/digest": "5f3a"}
    metadata = {"name": key.name, "namespace": key.namespace, "uid": "1", "annotations": annotations}
    body = {"apiVersion": "batch/v1", "kind": key.kind, "metadata": metadata, "status": {"conditions": list(conditions)}}
    return Event(key=key, before=None, after=observe(body, key=key), body=body)


def test_a_job_that_ran_to_its_end_is_complete_as_it_was_applied() -> None:
    assert completed(event({"type": "Complete", "status": "True"})) == "5f3a"


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(event(), id="it runs"),
        pytest.param(event({"type": "Complete", "status": "False"}), id="it is not"),
        pytest.param(event({"type": "Failed", "status": "True"}), id="it failed"),
        pytest.param(event({"type": "Complete", "status": "True"}, key=ObjectKey("", "Job", "shop", "x")), id="another kind"),
        pytest.param(Event(key=KEY, before=None, after=None), id="it is gone"),
    ],
)
def test_nothing_else_is(one: Event) -> None:
    assert completed(one) == ""
