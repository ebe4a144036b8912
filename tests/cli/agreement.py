"""Where an API server refuses what `fleet validate` accepts, and why; it never refuses what an API server accepts."""

from __future__ import annotations

import re

# A pattern of `Wrong.name`, and why nothing is said of it.
EXCEPTIONS: dict[str, str] = {
    r"\S+ (/spec|/rules|/roleRef|/subjects|/provisioner)\S* odd": "the form of names and texts in a spec is not checked",
    r"\S+ /spec\S* negative": "the bounds of numbers within a spec are checked only where people often miss them",
    r"\S+ /spec/strategy/rollingUpdate/\w+ text": "likewise the form of percentages",
    r"CustomResourceDefinition /spec/versions.*": "a definition's own schema is not judged",
    r"StatefulSet /spec/volumeClaimTemplates.*": "claims are judged where they are objects, not as templates",
    r"HorizontalPodAutoscaler /spec/metrics.*": "which target a metric needs depends on its type",
    r"Ingress /spec/rules/0/http/paths.*": "paths are judged by their type",
    r"Role /rules/0/\S+ left out": "a rule must name groups and resources, or URLs",
}


def excepted(name: str) -> bool:
    """Whether there is a reason for what was done to an object not to be noticed."""
    return any(re.fullmatch(pattern, name) for pattern in EXCEPTIONS)
