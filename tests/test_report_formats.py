"""What programs are told of diagnostics: JSON, SARIF, workflow commands."""

import json

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.report.data import render_github, render_json, render_sarif
from tests.reported import Text, dead, lines


def test_workflow_commands_escape_what_would_end_them() -> None:
    text = Text("a\n", "a,b:c%.graph")
    diagnostic = Diagnostic("E0201", "100%\nsure", text.at("a"), helps=("help",))
    assert render_github([(diagnostic, "")]) == (
        "::error file=a%2Cb%3Ac%25.graph,line=1,endLine=1,col=1,endColumn=2,title=E0201"
        "::100%25%0Asure%0Ahelp: help\n"
    )


def test_machine_formats_keep_all() -> None:
    found = [(d, "net.graph") for d in dead(lines(20), 20)]
    assert len(json.loads(render_json(found))["diagnostics"]) == 20
    assert len(render_github(found).splitlines()) == 20
    assert len(json.loads(render_sarif(found))["runs"][0]["results"]) == 20


def test_what_was_tried_is_told_with_its_place() -> None:
    text = Text("a = 1\nb = np.exp(a)\n")
    place = text.at("np.exp(a)")
    help_ = Help("write `exp(a)`", [Replacement(place, "exp(a)")])
    found = [(Diagnostic("E0201", "a prefix", place, helps=("so", help_)), "net.graph")]
    (told,) = json.loads(render_json(found))["diagnostics"]
    assert told["helps"] == ["so", "write `exp(a)`"]
    (fix,) = told["fixes"]
    stretch = {"file": "net.graph", "line": 2, "column": 5, "end_line": 2, "end_column": 14}
    assert fix["replacements"] == [{"span": stretch, "text": "exp(a)"}]
    (result,) = json.loads(render_sarif(found))["runs"][0]["results"]
    ((change,),) = [fix["artifactChanges"] for fix in result["fixes"]]
    assert change["artifactLocation"] == {"uri": "net.graph"}
    (replaced,) = change["replacements"]
    assert replaced["insertedContent"] == {"text": "exp(a)"}
    assert replaced["deletedRegion"]["endColumn"] == 14
