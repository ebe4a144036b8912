"""Which resources a cluster serves, and how it tells of them.

In: what was extracted from a real API server, shared by all clusters, and the CustomResourceDefinitions of one. Out: the
resource that a path or a kind means, and the documents of discovery, plain and aggregated.

Never here: an object, or a request.
"""

from fleet.sandbox.resources.catalogue import Catalogue
from fleet.sandbox.resources.resource import Custom, Resource, Subresource

__all__ = ["Catalogue", "Custom", "Resource", "Subresource"]
