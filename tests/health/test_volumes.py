"""Claims, volumes, attachments, and the quantities that they are measured in."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.health.rules.quantities import quantity
from tests.health.kubelet import LONG_AGO
from tests.health.objects import Body, judge, of, said, told

LONG = {"creationTimestamp": LONG_AGO}


def claim(*found: Body, asked: str = "10Gi", status: Body | None = None, **metadata: Any) -> dict[str, Any]:
    spec = {"volumeName": "pv", "storageClassName": "fast", "resources": {"requests": {"storage": asked}}}
    whole = {"phase": "Bound", "capacity": {"storage": "10Gi"}, **(status or {})}
    return of("v1 PersistentVolumeClaim", *found, spec=spec, status=whole, **metadata)


def attachment(**status: Any) -> dict[str, Any]:
    return of("storage.k8s.io/v1 VolumeAttachment", spec={"attacher": "csi", "nodeName": "a"}, status=status, **LONG)


def volume(phase: str, policy: str = "Delete", **status: Any) -> dict[str, Any]:
    return of("v1 PersistentVolume", spec={"persistentVolumeReclaimPolicy": policy}, status={"phase": phase, **status})


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(claim(), ("Healthy", "Bound", "bound to pv"), id="a claim that has what it asks for"),
        pytest.param(claim(asked="8Gi"), ("Healthy", "Bound", "bound to pv"), id="a claim that has more"),
        pytest.param(
            claim(asked="20Gi"), ("Progressing", "Growing", "it has 10Gi of the 20Gi that it asks for"), id="a claim that grows"
        ),
        pytest.param(
            claim(asked="20Gi", **LONG),
            ("Degraded", "Growing", "it has 10Gi of the 20Gi that it asks for (since 2026-11-23T11:45:00Z)"),
            id="a claim that does not grow",
        ),
        pytest.param(
            claim(told("FileSystemResizePending=True", "Waiting for user to (re-)start a pod"), asked="20Gi"),
            ("Progressing", "FileSystemResizePending", "FileSystemResizePending=True: Waiting for user to (re-)start a pod"),
            id="a claim whose Pod must be started again",
        ),
        pytest.param(
            claim(told("ControllerResizeError=True", "quota"), asked="20Gi"),
            ("Degraded", "ControllerResizeError", "ControllerResizeError=True: quota"),
            id="a claim that cannot grow",
        ),
        pytest.param(
            claim(asked="20Gi", status={"allocatedResourceStatuses": {"storage": "NodeResizeInfeasible"}}),
            ("Degraded", "NodeResizeInfeasible", "its volume cannot grow to what it asks for; ask for less, or make another"),
            id="a claim that never can",
        ),
        pytest.param(
            claim(status={"modifyVolumeStatus": {"status": "Infeasible", "targetVolumeAttributesClassName": "gold"}}),
            ("Degraded", "ModifyInfeasible", "its volume cannot get the attributes of class gold"),
            id="a claim of attributes that its volume cannot have",
        ),
        pytest.param(
            claim(status={"modifyVolumeStatus": {"status": "InProgress", "targetVolumeAttributesClassName": "gold"}}),
            ("Progressing", "Modifying", "its volume is to get the attributes of class gold"),
            id="a claim that gets other attributes",
        ),
        pytest.param(
            claim(status={"phase": "Pending"}, **LONG),
            (
                "Degraded",
                "NoSuchStorageClass",
                "class fast does not exist: it waits for a volume of that class that somebody makes (since 2026-11-23T11:45:00Z)",
            ),
            id="a claim of a class that is not there",
        ),
        pytest.param(volume("Available"), ("Healthy", "Available", "it is Available"), id="a volume"),
        pytest.param(volume("Odd"), ("Healthy", "Odd", "it exists"), id="a volume in a phase that nobody knows"),
        pytest.param(
            volume("Released", "Retain"),
            (
                "Healthy",
                "Released",
                "its claim is gone; it keeps what was in it, and takes no other until spec.claimRef is removed",
            ),
            id="a volume that is kept",
        ),
        pytest.param(
            volume("Pending", lastPhaseTransitionTime=LONG_AGO),
            ("Degraded", "Pending", "it is not available yet (since 2026-11-23T11:45:00Z)"),
            id="a volume that does not come",
        ),
        pytest.param(
            volume("Failed", message="no such disk"),
            ("Degraded", "Failed", "it could not be reclaimed: no such disk"),
            id="a volume that could not be reclaimed",
        ),
        pytest.param(attachment(attached=True), ("Healthy", "Attached", "attached to node a"), id="an attachment"),
        pytest.param(
            attachment(attached=False, attachError={"message": "in use"}),
            ("Degraded", "AttachError", "csi could not attach it to node a: in use"),
            id="an attachment that failed",
        ),
        pytest.param(
            attachment(attached=False),
            ("Degraded", "Attaching", "csi has not attached it to node a yet (since 2026-11-23T11:45:00Z)"),
            id="an attachment that does not come",
        ),
    ],
)
def test_storage_is_judged_by_what_was_asked_and_what_is_there(body: Any, expected: tuple[str, str, str]) -> None:
    health = judge(body)

    assert (*said(health), health.message) == expected


def test_a_class_that_nobody_looked_for_is_not_said_to_be_missing() -> None:
    assert said(judge(claim(status={"phase": "Pending"}), looked=False)) == ("Progressing", "NotBound")


@pytest.mark.parametrize(
    "written, number",
    [
        pytest.param("1", 1, id="a number"),
        pytest.param(3, 3, id="not a string"),
        pytest.param("1500m", "1.5", id="thousandths"),
        pytest.param("10Gi", 10 * 2**30, id="binary"),
        pytest.param("2k", 2000, id="decimal"),
        pytest.param("1e3", 1000, id="an exponent"),
        pytest.param("2E", 2 * 10**18, id="not an exponent"),
        pytest.param("-1.5Ki", -1536, id="negative"),
    ],
)
def test_quantities_are_compared_as_numbers(written: Any, number: Any) -> None:
    assert quantity(written) == quantity(number)
    assert quantity(written) is not None


@pytest.mark.parametrize("written", [None, True, "", "ten", "1e999", "1Gb", [], "1" * 40])
def test_what_is_no_quantity_is_none(written: Any) -> None:
    assert quantity(written) is None
