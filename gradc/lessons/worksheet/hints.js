// Hints for a box: the chain rule, the bump, the symbolic derivative.

function write(id, lines) {
  const text = lines.filter((line) => line).join("\n");
  find(id).querySelector("div").textContent = text;
  find(id).hidden = text === "";
}

function hints() {
  find("which").textContent = current ? "for " + titleOf(current) : "(choose a box)";
  if (!current) {
    for (const id of ["chain", "bump", "symbolic"]) write(id, []);
    return;
  }
  const slot = slotOf(current);
  if (current.dataset.kind === "slope") slopeHints(slot);
  else valueHints(slot);
}

function valueHints(slot) {
  const maker = graph.steps.find((s) => s.targets.includes(slot));
  write("bump", bump(slot));
  write("symbolic", []);
  if (!maker) {
    write("chain", [nameOf(slot) + " is given"]);
    return;
  }
  const known = maker.sources.map((s) => nameOf(s) + " = " + shown(slots[s]));
  write("chain", [nameOf(slot) + " = " + maker.text, known.length ? "with " + known.join(", ") : ""]);
}

function slopeHints(slot) {
  const users = graph.steps.filter((s) => s.sources.includes(slot) && s.targets.some((t) => slopes[t]));
  const lines = [];
  const terms = [];
  for (const user of users) {
    const target = user.targets[0];
    const number = user.targets.length === 1 && !slots[target].shape.length && !slots[slot].shape.length;
    if (!number) {
      lines.push("through " + user.targets.map(nameOf).join(", ") + " = " + user.text);
      continue;
    }
    const one = [];
    one[target] = scalar(1);
    const local = contributions(user, slots, one).get(slot);
    if (!local) continue;
    const fraction = "d" + nameOf(target) + "/d" + nameOf(slot);
    if (target === graph.loss) terms.push([fraction, factor(local)]);
    else terms.push([slopeName(target) + " · " + fraction, factor(slopes[target]) + " · " + factor(local)]);
  }
  if (terms.length) {
    lines.unshift(slopeName(slot) + " = " + terms.map((t) => t[0]).join(" + "));
    lines.push("= " + terms.map((t) => t[1]).join(" + "));
  }
  write("chain", lines);
  write("bump", bump(slot));
  write("symbolic", users.map((user) => user.symbolic[String(slot)] || ""));
}

// What happens to the loss where a value goes up a little.
function bump(slot) {
  if (slot === graph.loss || !graph.values[slot].slope) return [];
  const before = slots[graph.loss].data[0];
  const moved = array(slots[slot].shape, slots[slot].data.slice());
  moved.data[0] += EPSILON;
  const after = forwards(given, new Map([[slot, moved]]))[graph.loss].data[0];
  const part = moved.shape.length ? nameOf(slot) + "[" + moved.shape.map(() => 0).join(", ") + "]" : nameOf(slot);
  const change = Number((after - before).toPrecision(7));
  const ratio = Number((change / EPSILON).toPrecision(7));
  return [
    part + " up " + EPSILON + ": " + lossName + " goes from " + written(before) + " to " + written(after),
    lossName + (change < 0 ? " down " : " up ") + written(Math.abs(change)) + "; " + written(change) + " / " + EPSILON + " = " + written(ratio),
  ];
}
