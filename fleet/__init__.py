"""Fleethub keeps many Kubernetes clusters equal to one git monorepo.

In: nothing. Out: the version. The folders beside this file are the stages a commit passes through, in one direction;
their order, and what each never does, stand in `docs/explanation/architecture.md`.

Never: imports. `fleet version` and every plugin pay for what stands here.
"""

from __future__ import annotations

__version__ = "0.1.0.dev0"
