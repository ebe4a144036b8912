"""What the API server does to the content of one object, whoever stores it.

In: the body of a request, as dicts, and the kind it is of; at a change the object that it replaces. Out: the object as the server
keeps it, with its defaults (`Model.decode`); what the server has against it, as the causes of an Invalid in its own words
(`Model.problems`); the type by which its fields are owned (`Model.schema`).

`reading` and `problems` are for built-in kinds, `structural` and `structural_problems` for custom ones, whose schema says it all.
Values given are never changed. Never here: who owns a field, storage, the state of a cluster, a clock, or facts about
built-in kinds that `fleet.schema` could tell.
"""

from fleet.sandbox.objects.custom import custom
from fleet.sandbox.objects.decoded import Decoded
from fleet.sandbox.objects.models import Model, builtin
from fleet.sandbox.objects.reading import Undecodable

__all__ = ["Decoded", "Model", "Undecodable", "builtin", "custom"]
