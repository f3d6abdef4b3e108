// The boxes: what is typed, what is right, what is shown.

const find = (id) => document.getElementById(id);
const boxes = Array.from(document.querySelectorAll(".cell input"));
const work = boxes.filter((box) => box.dataset.kind !== "given");
const slider = find("step");
const file = graph.values.map((v) => told(v, v.data));
let given = file.slice();
let slots = [];
let slopes = [];
let current = null;

const slotOf = (box) => Number(box.dataset.slot);
const nameOf = (slot) => graph.values[slot].name;
const quotient = (of, by) => {
  const sign = graph.several.includes(of) ? "∂" : "d";
  return sign + of + "/" + sign + by;
};
const lossName = nameOf(graph.loss);
const slopeName = (slot) => quotient(lossName, nameOf(slot));
const titleOf = (box) => (box.dataset.kind === "slope" ? slopeName(slotOf(box)) : nameOf(slotOf(box)));
const rightOf = (box) =>
  box.dataset.kind === "slope" ? slopes[slotOf(box)] || filled(slots[slotOf(box)].shape, 0) : slots[slotOf(box)];

function say(text) {
  find("status").textContent = text;
}

const isRight = (box) =>
  box.dataset.kind === "slope" ? isSlope(typedIn(box), rightOf(box)) : isValue(typedIn(box), rightOf(box));

// What is typed in a box, as numbers; null where it is none.
const typedIn = (box) => numbers(box.value, graph.values[slotOf(box)].shape.length > 0);

// On paper the numbers of an array stand one by one in its box.
function spell(box, right) {
  const typed = typedIn(box);
  const fits = typed !== null && typed.length === right.data.length;
  const digits = box.dataset.kind === "given" ? 5 : 4;
  for (const place of box.parentNode.querySelectorAll("[data-place]")) {
    place.textContent = fits ? written(typed[Number(place.dataset.place)].number, digits) : "";
  }
}

function mark(box) {
  const empty = box.value.trim() === "";
  const right = !empty && isRight(box);
  spell(box, rightOf(box));
  box.classList.toggle("right", right);
  box.classList.toggle("wrong", !empty && !right);
  if (empty || right) box.removeAttribute("aria-invalid");
  else box.setAttribute("aria-invalid", "true");
  if (empty) return "";
  return titleOf(box) + " = " + box.value.trim() + (right ? " is right" : " is " + fault(box));
}

// Why it is not right: another number, or no number at all.
function fault(box) {
  const typed = typedIn(box);
  const shape = rightOf(box).shape;
  if (typed === null) return shape.length ? "no list of numbers, such as [1, 2]" : "no number, such as -4, 0.5, 1/3 or 2e-3";
  return typed.length === sizeOf(shape) ? "wrong" : "not " + count(sizeOf(shape), "number");
}

function count(size, what) {
  return size + " " + what + (size === 1 ? "" : "s");
}

function score() {
  const right = work.filter((b) => b.classList.contains("right") && !b.classList.contains("shown")).length;
  find("score").textContent = right + " of " + work.length + " right";
}

function reveal(box) {
  if (box.classList.contains("right") && !box.classList.contains("shown")) return;
  box.value = shown(rightOf(box));
  box.classList.add("shown");
  mark(box);
}

function clear(box) {
  box.value = "";
  box.classList.remove("shown");
  mark(box);
}

function refresh() {
  ({ slots, slopes } = pointAt(given));
  for (const box of work) {
    if (box.classList.contains("shown")) box.value = shown(rightOf(box));
    mark(box);
  }
  score();
  hints();
}

function step(to) {
  const count = Math.max(0, Math.min(work.length, to));
  slider.value = String(count);
  work.forEach((box, i) => {
    if (i < count) reveal(box);
    else if (box.classList.contains("shown")) clear(box);
    box.classList.toggle("now", i === count - 1);
  });
  const box = work[count - 1];
  const direction = box && box.dataset.kind === "slope" ? "backwards" : "forwards";
  find("where").textContent = count + " of " + work.length;
  slider.setAttribute("aria-valuetext", box ? count + ", " + direction + ": " + titleOf(box) : "0, nothing shown");
  if (box) {
    current = box;
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(direction + ": " + titleOf(box) + " = " + box.value);
  } else say("nothing is shown");
  score();
  hints();
}

function change(box) {
  const slot = slotOf(box);
  const value = graph.values[slot];
  const found = numbers(box.value, value.shape.length > 0);
  const typed = found && found.map((t) => t.number);
  const fits = typed !== null && typed.length === sizeOf(value.shape);
  const whole = !value.whole || (fits && typed.every(Number.isInteger));
  box.classList.toggle("wrong", !fits || !whole);
  if (!fits || !whole) {
    box.setAttribute("aria-invalid", "true");
    const kind = value.whole ? "whole number" : "number";
    say(nameOf(slot) + " is " + (value.shape.length ? count(sizeOf(value.shape), kind) : "a " + kind));
    return;
  }
  box.removeAttribute("aria-invalid");
  given[slot] = array(value.shape, typed);
  spell(box, given[slot]);
  refresh();
  say(nameOf(slot) + " is now " + shown(given[slot]) + "; everything is computed again");
}

// --- what is kept ---

function keepWork() {
  const words = {};
  for (const box of boxes) {
    const isOwn = box.dataset.kind === "given" ? box.value !== shown(file[slotOf(box)]) : !box.classList.contains("shown");
    if (isOwn && box.value.trim() !== "") words[box.id] = box.value;
  }
  keep(words);
}

function restoreWork() {
  const words = kept();
  for (const box of boxes) {
    if (typeof words[box.id] !== "string") continue;
    if (box.dataset.kind !== "given") box.value = words[box.id];
    else if (graph.live) {
      box.value = words[box.id];
      change(box);
    }
  }
}
