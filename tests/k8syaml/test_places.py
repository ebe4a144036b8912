"""The line of any field can be asked for afterwards."""

from __future__ import annotations

import pytest

from fleet.k8syaml import line_of, load_documents

TEXT = """\
# comment
kind: A
spec:
  list:
  - name: x
    a/b: 1
  - name: y
  ~t: 1
---
---
kind: B
base: &base
  left: 1
  right: {deep: 2}
own:
  <<: *base
  left: 3
copy: *base
y: 1
"""


@pytest.mark.parametrize(
    "index, pointer, line",
    [
        pytest.param(0, "", 2, id="document"),
        pytest.param(0, "/spec", 3, id="key"),
        pytest.param(0, "/spec/list/1/name", 7, id="item"),
        pytest.param(0, "/spec/list/0/a~1b", 6, id="slash"),
        pytest.param(0, "/spec/~0t", 8, id="tilde"),
        pytest.param(0, "/spec/list/7/name", 4, id="nearest-above"),
        pytest.param(1, "/kind", 11, id="second-document"),
        pytest.param(1, "/own/left", 17, id="own-key-over-merged"),
        pytest.param(1, "/own/right/deep", 14, id="merged-key"),
        pytest.param(1, "/copy/left", 13, id="alias"),
        pytest.param(1, "/true", 19, id="key-that-is-a-boolean"),
    ],
)
def test_a_pointer_leads_to_a_line(index: int, pointer: str, line: int) -> None:
    assert line_of(TEXT, index=index, pointer=pointer) == line


def test_a_pointer_into_json_leads_to_a_line() -> None:
    text = '{"a": {\n\t"b": [1,\n\t"\\ud83d\\ude00"],\n\t"c": {"d":\n 1}}}'
    assert [line_of(text, index=0, pointer=each) for each in ("/a/b/1", "/a/c/d")] == [3, 4]


def test_index_and_pointer_come_from_the_document() -> None:
    text = "a: 1\n---\nnull\n---\napiVersion: v1\nkind: List\nitems:\n- kind: X\n  apiVersion: v1\n  spec: 1\n"
    item = load_documents(text, file="a")[1]
    assert line_of(text, index=item.index, pointer=item.pointer + "/spec") == 10
