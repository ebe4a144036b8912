"""The drift exemptions that come with Fleethub, written exactly as a plugin's are.

In: the context of one object that may be exempt. Out: the fields of it that may differ, as JSON pointers.
They import `fleet.hooks`, `fleet.model` and `fleet.errors` and nothing else, so that each can be copied into a plugin.

Never here: what happens to a field that is exempt (that is decided in `plan`), or a live object's own exemption.
"""
