"""The colours of a picture, light and dark."""

from __future__ import annotations

from collections.abc import Mapping

LIGHT = {
    "paper": "#ffffff", "ink": "#1f2430", "quiet": "#667085", "line": "#8a94a6",
    "value": "#1558c0", "slope": "#13703f", "frame": "#f7f8fb", "edge": "#c5ccd8",
    "op": "#ffffff", "op-edge": "#8a94a6", "input": "#e3effc", "input-edge": "#3b7dd8",
    "param": "#fdeedb", "param-edge": "#c96f14", "state": "#efe6fb", "state-edge": "#8250c4",
    "loss": "#fbe4e6", "loss-edge": "#c0303f", "output": "#e4f4e8", "output-edge": "#2f8f55",
    "closed": "#eceef8", "closed-edge": "#5b64b5",
}  # fmt: skip

DARK = {
    "paper": "#15181e", "ink": "#e6e9ef", "quiet": "#98a2b3", "line": "#7b8698",
    "value": "#7db4ff", "slope": "#6fd39b", "frame": "#1b1f27", "edge": "#3a4250",
    "op": "#222731", "op-edge": "#7b8698", "input": "#17304f", "input-edge": "#5c9df0",
    "param": "#46301a", "param-edge": "#e39a4b", "state": "#33254a", "state-edge": "#b08be6",
    "loss": "#4a2228", "loss-edge": "#f0808c", "output": "#1b3a28", "output-edge": "#5cc489",
    "closed": "#262a45", "closed-edge": "#8f98e8",
}  # fmt: skip

MONO = "'DejaVu Sans Mono', ui-monospace, Menlo, Consolas, monospace"
SANS = "'DejaVu Sans', system-ui, 'Segoe UI', sans-serif"

_KINDS = ("op", "input", "param", "state", "loss", "output", "closed")


def style(theme: str) -> str:
    """The style sheet: "light", "dark", or "auto" for what the reader's system prefers."""
    rules = [
        f"text {{ font: 12px {MONO}; }}",
        f".title {{ font: 600 15px {SANS}; }}",
        f".word, .small {{ font: 11px {SANS}; }}",
        ".middle { text-anchor: middle; }",
        ".route, .rise, .curve { fill: none; stroke-width: 1.3; }",
        ".curve { stroke-width: 2; }",
        ".fromleaf { stroke-width: 1; }",
        ".shape { stroke-width: 1.2; }",
        ".loss { stroke-width: 2; }",
        ".const { stroke-dasharray: 4 3; }",
        ".column { font-size: 11px; }",
    ]
    rules += _colours(DARK if theme == "dark" else LIGHT)
    if theme == "auto":
        inner = "\n  ".join(_colours(DARK))
        rules.append(f"@media screen and (prefers-color-scheme: dark) {{\n  {inner}\n}}")
    return "\n".join(rules)


def _colours(colours: Mapping[str, str]) -> list[str]:
    rules = [
        f".paper {{ fill: {colours['paper']}; }}",
        f"text {{ fill: {colours['ink']}; }}",
        f"text.quiet {{ fill: {colours['quiet']}; }}",
        f"text.value {{ fill: {colours['value']}; }}",
        f"text.slope {{ fill: {colours['slope']}; }}",
        f".route {{ stroke: {colours['line']}; }}",
        f".tip {{ fill: {colours['line']}; }}",
        f".frame {{ fill: {colours['frame']}; stroke: {colours['edge']}; }}",
        f".grid {{ stroke: {colours['edge']}; }}",
        f".curve {{ stroke: {colours['value']}; }}",
        f".rise {{ stroke: {colours['slope']}; }}",
        f".dot {{ fill: {colours['loss-edge']}; }}",
        f".triangle {{ fill: {colours['output']}; stroke: {colours['output-edge']}; }}",
        f".const {{ fill: {colours['op']}; stroke: {colours['quiet']}; }}",
        f".tag {{ fill: {colours['frame']}; stroke: {colours['edge']}; }}",
    ]
    rules += [
        f".{kind} {{ fill: {colours[kind]}; stroke: {colours[f'{kind}-edge']}; }}"
        for kind in _KINDS
    ]
    return rules
