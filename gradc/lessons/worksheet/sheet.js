// The boxes: what is typed, what is right, what is shown.

const find = (id) => document.getElementById(id);
const boxes = Array.from(document.querySelectorAll(".cell input"));
const work = boxes.filter((box) => box.dataset.kind !== "given");
const slider = find("step");
const file = graph.values.map((v) => array(v.shape, v.data.map(numberOf)));
let given = file.slice();
let slots = [];
let slopes = [];
let current = null;

const slotOf = (box) => Number(box.dataset.slot);
const nameOf = (slot) => graph.values[slot].name;
const lossName = nameOf(graph.loss);
const slopeName = (slot) => "d" + lossName + "/d" + nameOf(slot);
const titleOf = (box) => (box.dataset.kind === "slope" ? slopeName(slotOf(box)) : nameOf(slotOf(box)));
const rightOf = (box) =>
  box.dataset.kind === "slope" ? slopes[slotOf(box)] || filled(slots[slotOf(box)].shape, 0) : slots[slotOf(box)];

function say(text) {
  find("status").textContent = text;
}

function compute() {
  slots = forwards(given, new Map());
  slopes = backwards(slots);
}

function mark(box) {
  const empty = box.value.trim() === "";
  const right = !empty && agrees(numbers(box.value), rightOf(box));
  box.classList.toggle("right", right);
  box.classList.toggle("wrong", !empty && !right);
  if (empty || right) box.removeAttribute("aria-invalid");
  else box.setAttribute("aria-invalid", "true");
  return empty ? "" : titleOf(box) + " = " + box.value.trim() + (right ? " is right" : " is wrong");
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
  compute();
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
  const typed = numbers(box.value);
  const fits = typed !== null && typed.length === sizeOf(value.shape) && typed.every(Number.isFinite);
  const whole = !value.whole || (fits && typed.every(Number.isInteger));
  box.classList.toggle("wrong", !fits || !whole);
  if (!fits || !whole) {
    box.setAttribute("aria-invalid", "true");
    const count = sizeOf(value.shape);
    const kind = value.whole ? "whole number" : "number";
    say(nameOf(slot) + " is " + (value.shape.length ? count + " " + kind + (count === 1 ? "" : "s") : "a " + kind));
    return;
  }
  box.removeAttribute("aria-invalid");
  given[slot] = array(value.shape, typed);
  refresh();
  say(nameOf(slot) + " is now " + shown(given[slot]) + "; everything is computed again");
}
