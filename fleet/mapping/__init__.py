"""The `clusters/` tree → the Apps of each registered cluster, with their Fingerprints and what they render to.

In: a Revision, its tree, which paths changed since the Revision mapped before, the registered clusters. Out, as soon as
each is certain: a MappedApp for every App that changed, a ClusterMap for every cluster that was looked at again, at the end
the FleetMap. An error in one chain makes the clusters below it incomplete and concerns no other; `standing` says what may
be concluded of an App that a cluster still has and git no longer declares; `Earlier` looks one App up at another commit.

Never here: a live cluster, a decision to write or to delete, a guess. What could not be read is a Problem, never an absence.
"""

from fleet.mapping.earlier import Earlier, Place
from fleet.mapping.mapper import Mapper
from fleet.mapping.results import FleetMap, MappedApp
from fleet.mapping.standing import standing

__all__ = ["Earlier", "FleetMap", "MappedApp", "Mapper", "Place", "standing"]
