// The graph forwards and backwards: as the file tells it, or where it is live, as a table of
// operations on numbered slots.

const graph = JSON.parse(document.getElementById("graph").textContent);
const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const numberOf = (x) => (typeof x === "string" ? WORDS[x] : x);

const told = (value, data) => array(value.shape, data.map(numberOf));

// The values and the derivatives where the given numbers are these.
function pointAt(given) {
  if (!graph.live) {
    return { slots: given, slopes: graph.values.map((v) => v.derivative && told(v, v.derivative)) };
  }
  const slots = forwards(given, new Map());
  return { slots: slots, slopes: backwards(slots) };
}

// The derivative of a step's target, a number, by a source.
function local(step, source, slots) {
  if (!graph.live) return scalar(numberOf(step.local[source]));
  const one = [];
  one[step.targets[0]] = scalar(1);
  return contributions(step, slots, one).get(source);
}

// The loss where a number of a value goes up by the bump.
function bumped(slot, place, given, slots) {
  if (!graph.live) return numberOf(graph.values[slot].bumped[place]);
  const moved = array(slots[slot].shape, slots[slot].data.slice());
  moved.data[place] += graph.epsilon;
  return forwards(given, new Map([[slot, moved]]))[graph.loss].data[0];
}

// All slots; values in `fixed` (a Map) keep what they are given.
function forwards(given, fixed) {
  const slots = new Array(graph.slots);
  graph.values.forEach((value, i) => {
    if (value.kind !== "step") slots[i] = given[i];
  });
  fixed.forEach((x, i) => (slots[i] = x));
  for (const step of graph.steps) {
    run(step.forward, slots);
    step.targets.forEach((slot, k) => {
      slots[slot] = fixed.has(slot) ? fixed.get(slot) : slots[step.results[k]];
    });
  }
  return slots;
}

// What a step adds to the derivatives by its sources.
function contributions(step, slots, seeds) {
  const own = slots.slice();
  run(step.forward, own);
  step.seeds.forEach(([target, slot]) => {
    const value = own[step.targets[target]];
    own[slot] = seeds[step.targets[target]] || filled(value.shape, 0);
  });
  run(step.backward, own);
  return new Map(step.slopes.map(([source, slot]) => [source, own[slot]]));
}

function backwards(slots) {
  const slopes = [];
  slopes[graph.loss] = filled(slots[graph.loss].shape, 1);
  for (const step of graph.steps.slice().reverse()) {
    if (!step.targets.some((t) => slopes[t])) continue;
    contributions(step, slots, slopes).forEach((x, source) => {
      slopes[source] = slopes[source] ? each((a, b) => a + b, [slopes[source], x]) : x;
    });
  }
  return slopes;
}
