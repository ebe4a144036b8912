"""Go's text/template with the functions that Argo CD gives it, interpreted within bounds.

In: a template's text, and the values it is filled with. Out: text, as Go's own package would write it; or a TemplateFailed
that says why. A table of templates that the real package has filled says what "as Go" means, case by case.

Never here: a file, the environment, the network, the clock or chance, whatever a template asks for: the functions that need
one of them are refused by name. A template can neither run for ever nor make the process large: what it does is counted
while it does it.
"""

from fleet.mapping.builtin.gotemplate.parser import parse
from fleet.mapping.builtin.gotemplate.running import fill
from fleet.mapping.builtin.gotemplate.values import MISSING, OfTexts, go_text, go_values

__all__ = ["MISSING", "OfTexts", "fill", "go_text", "go_values", "parse"]
