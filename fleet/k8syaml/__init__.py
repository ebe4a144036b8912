"""Read text as Kubernetes reads it, and write text that Kubernetes reads back equal.

In: the bytes of one file, YAML or JSON, by anybody, at worst by an enemy. Out: its documents as plain JSON values, each
with its file and line; or one error with file and line. The values are those that `kubectl -f` would send: the rules
of sigs.k8s.io/yaml, which is YAML 1.1 as go-yaml v2 understands it, down to `y` being a boolean and `08` the number 8.

Stricter than kubectl where that loses text in silence: a key that stands twice in one mapping (also `1` and `"1"`,
which become the same string), and text after the end of a document (`...`, or a line indented less than the first).

Never here: Kubernetes kinds and schemas (but for `List`, which is only a wrapper), files, and PyYAML's constructors:
values are built from its event stream, whose depth, size and alias expansion are counted while they grow.
"""

from fleet.k8syaml.dumper import dump
from fleet.k8syaml.limits import DEFAULT, Limits
from fleet.k8syaml.loader import Document, load_documents
from fleet.k8syaml.places import line_of

__all__ = ["DEFAULT", "Document", "Limits", "dump", "line_of", "load_documents"]
