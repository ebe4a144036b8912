"""What must change in a cluster, in which order, what is exempt, and which guards hold it: decided purely.

In: for a cluster, its map and Manifests (`claims`); for one App on one cluster, a PlanInput: Manifests, Claims, Inventories, an
Observation, what was last written, exemptions and approvals. Out: Claims; a Plan of Changes with its Holds; the Drifts that were
seen; and what must be in the Inventory before and after, and in the Record, for what was decided to be safe.

Could-not-tell is an answer of its own (Unknown, ClaimsIncomplete, no Manifests): it never reads as absent, and nothing is deleted
on its account.

Never here: input or output, a clock, randomness, the environment, or a plugin. Nothing is written; a Plan is a proposal.
"""

from fleet.plan.input import PlanInput, Withheld, Written

__all__ = ["PlanInput", "Withheld", "Written"]
