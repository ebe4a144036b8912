"""Renderer `kustomize`: a directory with a kustomization, built by kustomize itself in a process of its own.

In: the directory; what the App says of its kustomization (`choices`), which `edits` writes into the private copy as
`kustomize edit` and Flux write it. Out: one text per object, with the file and line of the base it came from.

`scan` follows every reference first: each file is an input of its own, and what is remote, leaves the repository, is
missing, or would run a plugin is refused with file and line before anything runs. `generated` is the kustomization of a
directory without one. `renderer` copies those files, runs kustomize, and `origins` says where each object came from.
Never here: the network, files that were not scanned.
"""

from fleet.render.builtin.kustomize.renderer import fleet_renderers

__all__ = ["fleet_renderers"]
