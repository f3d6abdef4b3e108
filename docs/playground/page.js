// The page: what is typed goes to the worker, what comes back is shown.

import { Compiler } from "./compiler.js";
import { Editor } from "./editor.js";
import { graphHighlighter, python } from "./highlight.js";
import { packed, unpacked } from "./sharing.js";
import { show } from "./views.js";

const PAUSE = 250; // milliseconds without a key until the slower views follow

const element = (id) => document.getElementById(id);
const editor = new Editor(...["text", "colours", "marks", "numbers"].map(element));
const tabs = [...document.querySelectorAll('[role="tab"]')];
const state = { name: "net.graph", view: "module", timer: 0 };

const words = { loading: "loading Python …", busy: "working …", ready: "" };
const compiler = new Compiler(hear, (kind, message) => {
  const status = element("status");
  status.classList.toggle("broken", kind === "broken");
  if (kind === "broken") status.textContent = `it does not start: ${message}`;
  else if (words[kind]) status.textContent = words[kind];
  else if (/…$/.test(status.textContent)) status.textContent = "ready";
  document.body.dataset.state = kind;
});

function ask(kind) {
  compiler.ask({ kind, text: editor.text, name: state.name, level: Number(element("level").value) });
}

editor.changed = () => {
  element("panel").classList.add("stale");
  ask("check");
  clearTimeout(state.timer);
  state.timer = setTimeout(() => ask(state.view), PAUSE);
};

function hear(answer) {
  if (answer.text !== editor.text) return; // another is on its way
  if (answer.failure) return report([], answer.failure);
  report(answer.diagnostics);
  const took = `${answer.milliseconds.toFixed(1)} ms`;
  if (answer.kind === "check") {
    document.body.dataset.checked = answer.milliseconds.toFixed(2);
    return;
  }
  if (answer.kind !== state.view) return;
  const kind = answer.note === undefined ? answer.kind : "note";
  if (answer[kind] === undefined) return;
  show(element("panel"), kind, answer[kind], python);
  element("panel").classList.remove("stale");
  element("status").textContent = `${answer.kind} in ${took}`;
}

function report(diagnostics, failure) {
  const spans = diagnostics.map((d) => ({ severity: d.severity, ...d.spans[0] }));
  editor.mark(spans.filter((span) => span.line !== undefined));
  const said = JSON.stringify([diagnostics, failure]);
  if (said === state.said) return; // what is read out, or about to be clicked, stays
  state.said = said;
  const list = document.createElement("ul");
  for (const found of diagnostics) list.append(entry(found));
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = failure ?? "Nothing is wrong.";
  element("diagnostics").replaceChildren(diagnostics.length ? list : note);
}

function entry({ code, severity, message, spans, helps }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  item.className = severity;
  const [place] = spans;
  const head = document.createElement("span");
  head.className = "code-of";
  head.textContent = `${severity}[${code}]`;
  const where = place ? ` line ${place.line}: ` : " ";
  const label = place?.label ? ` (${place.label})` : "";
  button.append(head, `${where}${message}${label}`);
  for (const help of helps) {
    const line = document.createElement("span");
    line.className = "help";
    line.textContent = `help: ${help}`;
    button.append(line);
  }
  button.onclick = () => place && editor.select(place);
  item.append(button);
  return item;
}

function choose(tab, { focus = false } = {}) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
  }
  element("panel").setAttribute("aria-labelledby", tab.id);
  state.view = tab.id.replace("tab-", "");
  element("panel").replaceChildren();
  if (focus) tab.focus();
  ask(state.view);
}

for (const [i, tab] of tabs.entries()) {
  tab.onclick = () => choose(tab);
  tab.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const place = { Home: 0, End: tabs.length - 1 }[key] ?? (step && i + step + tabs.length);
    if (place !== undefined) choose(tabs[place % tabs.length], { focus: true });
  };
}

element("level").onchange = () => ask(state.view);

element("share").onclick = async () => {
  const fragment = `#graph=${await packed(editor.text)}`;
  history.replaceState(null, "", fragment);
  const copied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  element("status").textContent = copied ? "the link is copied" : "the link is in the address bar";
};

async function load({ keywords, examples }) {
  editor.highlight = graphHighlighter(keywords);
  const choice = element("examples");
  for (const { name, title } of examples) choice.append(new Option(title, name));
  choice.onchange = () => {
    const example = examples.find(({ name }) => name === choice.value);
    state.name = `${example.name}.graph`;
    history.replaceState(null, "", location.pathname);
    editor.text = example.text;
  };
  const shared = /^#graph=(.+)$/.exec(location.hash);
  if (shared) {
    choice.prepend(new Option("(from the link)", ""));
    choice.value = "";
    editor.text = await unpacked(shared[1]).catch(() => "# This link is broken.\n");
  } else {
    choice.value = "linear_unit";
    choice.onchange();
  }
}

await load(await (await fetch("content.json")).json());
