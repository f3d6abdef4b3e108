// Functions that the library's spellings of operations name, and the running of a graph.

// --- on numbers ---

function rounded(x) {
  const near = Math.round(x);
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : near;
}

function logaddexp(x, y) {
  return x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
}

const truth = (x) => (x ? 1 : 0);
const smaller = (x, y) => (x !== x || y !== y ? NaN : Math.min(x, y));
const larger = (x, y) => (x !== x || y !== y ? NaN : Math.max(x, y));
const copysign = (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x));

function converted(x, dtype) {
  if (dtype === "bool") return truth(x !== 0);
  return dtype[0] === "i" ? Math.trunc(x) : x;
}

// --- on the numbers of an array that a reduction takes together ---

const total = (data) => data.reduce((a, b) => a + b, 0);
const average = (data) => total(data) / data.length;
const largest = (data) => data.reduce((a, b) => Math.max(a, b));
const smallest = (data) => data.reduce((a, b) => Math.min(a, b));

// --- the operations of this page, see javascript.py ---

function run(nodes, slots) {
  for (const node of nodes) {
    slots[node.out] = OPERATIONS[node.op](node.in.map((i) => slots[i]), node.attributes);
  }
}
