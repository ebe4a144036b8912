"""Writes Findings for machines: SARIF 2.1.0 for code review, JUnit XML for CI, plain fields for everything else.

Sources: OASIS "Static Analysis Results Interchange Format" 2.1.0; the JUnit form that CI systems agree on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from fleet import __version__
from fleet.cli.validating.finding import RULES, Finding, Level

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://fleethub.dev"


def plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give each as a mapping of its fields."""
    return [
        {
            "file": each.file,
            "line": each.line,
            "level": str(each.level),
            "rule": each.rule,
            "object": each.object,
            "message": each.message,
            "clusters": list(each.clusters),
            "kubernetes": list(each.kubernetes),
        }
        for each in findings
    ]


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """Give one SARIF log with one run."""
    rules = [{"id": name, "shortDescription": {"text": text}} for name, text in RULES.items()]
    places = {name: number for number, name in enumerate(RULES)}
    driver = {"name": "fleet validate", "version": __version__, "informationUri": _HOME, "rules": rules}
    results = [
        {
            "ruleId": each.rule,
            "ruleIndex": places[each.rule],
            "level": str(each.level),
            "message": {"text": _sentence(each)},
            "locations": [
                {"physicalLocation": {"artifactLocation": _artifact(each), "region": {"startLine": max(each.line, 1)}}}
            ],
            "properties": {"clusters": list(each.clusters), "kubernetes": list(each.kubernetes)},
        }
        for each in findings
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _artifact(finding: Finding) -> dict[str, str]:
    return {"uri": quote(finding.file), "uriBaseId": "%SRCROOT%"}


def junit(findings: Sequence[Finding], clusters: Iterable[str]) -> str:
    """Give one suite: a case for each cluster that is fine, and one for each problem; notes are no failures."""
    concerned = {name for each in findings if each.level is not Level.NOTE for name in each.clusters}
    told = [each for each in findings if each.level is not Level.NOTE]
    fine = [name for name in clusters if name not in concerned]
    failed = [each for each in told if each.level is Level.ERROR]
    counts = {"tests": str(len(told) + len(fine)), "failures": str(len(failed)), "errors": "0"}
    suites = ElementTree.Element("testsuites", {"name": "fleet validate", **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "fleet validate", **counts, "skipped": "0", "time": "0"})
    for name in fine:
        ElementTree.SubElement(suite, "testcase", {"name": name, "classname": "cluster", "time": "0"})
    for each in told:
        names = {"name": f"{each.file}:{each.line} {each.rule}", "classname": each.file, "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", names)
        if each.level is Level.ERROR:
            failure = ElementTree.SubElement(case, "failure", {"type": each.rule, "message": _visible(each.message)})
            failure.text = _visible(_sentence(each))
        else:
            ElementTree.SubElement(case, "system-out").text = _visible(_sentence(each))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _sentence(finding: Finding) -> str:
    about = f"{finding.object}: " if finding.object else ""
    versions = f"; Kubernetes {', '.join(finding.kubernetes)}" if finding.kubernetes else ""
    concerned = f" (on {', '.join(finding.clusters)}{versions})" if finding.clusters else ""
    return f"{about}{finding.message}{concerned}"


def _visible(text: str) -> str:
    """XML knows no control characters, not even escaped."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
