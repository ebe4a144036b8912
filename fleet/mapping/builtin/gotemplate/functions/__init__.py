"""The functions that a template may call: Go's own, sprig's, and those that Argo CD adds.

In: values, checked against the types a function takes, and a Budget to charge. Out: a value, or a TemplateFailed.

Never here: what needs the environment, the network, the clock or chance. Those functions are in `REFUSED`, each with the
reason that its user reads.
"""

from collections.abc import Mapping

from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.functions.encodings import ENCODINGS
from fleet.mapping.builtin.gotemplate.functions.figures import FIGURES
from fleet.mapping.builtin.gotemplate.functions.flow import FLOW
from fleet.mapping.builtin.gotemplate.functions.lists import LISTS
from fleet.mapping.builtin.gotemplate.functions.maps import MAPS
from fleet.mapping.builtin.gotemplate.functions.names import NAMES
from fleet.mapping.builtin.gotemplate.functions.refused import REFUSED
from fleet.mapping.builtin.gotemplate.functions.regexes import REGEXES
from fleet.mapping.builtin.gotemplate.functions.texts import TEXTS
from fleet.mapping.builtin.gotemplate.functions.urls import URLS
from fleet.mapping.builtin.gotemplate.functions.versions import VERSIONS
from fleet.mapping.builtin.gotemplate.functions.wrapping import WRAPPING
from fleet.mapping.builtin.gotemplate.limits import Yaml

FUNCTIONS: Mapping[str, Func] = {
    **FLOW,
    **TEXTS,
    **WRAPPING,
    **FIGURES,
    **LISTS,
    **MAPS,
    **ENCODINGS,
    **NAMES,
    **URLS,
    **VERSIONS,
    **REGEXES,
}

__all__ = ["FUNCTIONS", "REFUSED", "Yaml"]
