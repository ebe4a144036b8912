"""How operators say how their objects are: one module for each place in which they say it.

In: a status, or a part of one, and the generation the object is at. Out: Findings: what one condition, word, flag or count
says, in the order in which they are looked for, each with the field that said it. `known` answers for which kinds more is
known than any rule could guess: `facts`, data only.

Pure, as all rules are, and nothing raises: what is missing or of another type counts as not there. Never here: which of
several findings decides; `custom` weighs them.
"""
