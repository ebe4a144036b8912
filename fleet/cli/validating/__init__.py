"""What `fleet validate` finds: each problem once, with its place and all clusters it concerns.

In: a mapped Revision and its files. Out: Findings in order of file and line, and how they are written as text, JSON, SARIF
and JUnit XML.

`gather` collects what mapping, rendering and claims say, and asks `bodies` about each object: built-in kinds by the facts of
`fleet.schema` and the rules of the sandbox's API server, custom kinds by the CustomResourceDefinitions of the repository.

Never here: a live cluster, a schema from the network, a guess about a kind that nothing here defines.
"""

from fleet.cli.validating.finding import Finding, Level
from fleet.cli.validating.gather import gather

__all__ = ["Finding", "Level", "gather"]
