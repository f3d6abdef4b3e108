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
    const own = local(user, slot, slots);
    if (!own) continue;
    const fraction = quotient(nameOf(target), nameOf(slot));
    if (target === graph.loss) terms.push([fraction, factor(own)]);
    else terms.push([fraction + " · " + slopeName(target), factor(own) + " · " + factor(slopes[target])]);
  }
  if (terms.length) {
    lines.unshift(slopeName(slot) + " = " + terms.map((t) => t[0]).join(" + "));
    lines.push("= " + terms.map((t) => t[1]).join(" + "));
  }
  write("chain", lines);
  write("bump", bump(slot));
  write("symbolic", users.map((user) => user.symbolic[String(slot)] || ""));
}

// What happens to the loss where a value goes up a little, or one number of it after the other.
function bump(slot) {
  if (slot === graph.loss || !graph.values[slot].slope) return [];
  const shape = slots[slot].shape;
  return places(shape).flatMap((place, i) => {
    const part = nameOf(slot) + (shape.length ? "[" + place.join(", ") + "]" : "");
    return bumpOf(part, slots[graph.loss].data[0], bumped(slot, i, given, slots));
  });
}

function bumpOf(part, before, after) {
  const change = Number((after - before).toPrecision(7));
  const ratio = Number((change / graph.epsilon).toPrecision(7));
  return [
    part + " up " + graph.epsilon + ": " + lossName + " goes from " + written(before, 8) + " to " + written(after, 8),
    lossName + (change < 0 ? " down " : " up ") + written(Math.abs(change), 8) + "; " + written(change, 8) + " / " + graph.epsilon + " = " + written(ratio, 8),
  ];
}
