"""The renderers that come with the hub, each written exactly as a plugin is.

In: a RenderContext. Out: text with its file and line; the host parses it. A directory with a kustomization is kustomize's,
any other that holds YAML or JSON is plain's; an App may name its renderer.

Never here: anything of ours but `fleet.hooks`, `fleet.model` and `fleet.errors`, a parser, a process started otherwise than
through the context.
"""
