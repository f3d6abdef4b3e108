// Arrays: a shape, and the elements row by row.

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
const array = (shape, data) => ({ shape: shape, data: data });
const scalar = (x) => array([], [x]);
const filled = (shape, x) => array(shape, new Array(sizeOf(shape)).fill(x));

function strides(shape) {
  const result = new Array(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    result[i] = step;
    step *= shape[i];
  }
  return result;
}

function places(shape) {
  const count = sizeOf(shape);
  const result = [];
  const place = new Array(shape.length).fill(0);
  for (let n = 0; n < count; n++) {
    result.push(place.slice());
    for (let i = shape.length - 1; i >= 0; i--) {
      place[i]++;
      if (place[i] < shape[i]) break;
      place[i] = 0;
    }
  }
  return result;
}

function common(shapes) {
  const rank = Math.max(...shapes.map((s) => s.length));
  const result = new Array(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((size, i) => {
      if (size !== 1) result[rank - shape.length + i] = size;
    });
  }
  return result;
}

// Where the element at a place of a larger shape is found.
function offset(shape, steps, place) {
  let at = 0;
  const extra = place.length - shape.length;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] !== 1) at += place[extra + i] * steps[i];
  }
  return at;
}

function spread(x, shape) {
  const steps = strides(x.shape);
  return array(shape, places(shape).map((p) => x.data[offset(x.shape, steps, p)]));
}

function each(f, operands) {
  const shape = common(operands.map((x) => x.shape));
  const wide = operands.map((x) => spread(x, shape));
  return array(shape, wide[0].data.map((_, i) => f(...wide.map((x) => x.data[i]))));
}

function reduce(f, x, axis, keepdims) {
  const rank = x.shape.length;
  const given = axis === null || axis === undefined ? x.shape.map((_, i) => i) : [].concat(axis);
  const axes = given.map((a) => (a < 0 ? a + rank : a));
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const groups = filled(kept, 0).data.map(() => []);
  const steps = strides(kept);
  places(x.shape).forEach((p, n) => groups[offset(kept, steps, p)].push(x.data[n]));
  const shape = keepdims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  return array(shape, groups.map(f));
}

function transpose(x, axes) {
  const order = axes || x.shape.map((_, i) => x.shape.length - 1 - i);
  const shape = order.map((a) => x.shape[a]);
  const steps = strides(x.shape);
  return array(shape, places(shape).map((p) => x.data[total(order.map((a, i) => p[i] * steps[a]))]));
}

function matmul(a, b) {
  const left = a.shape.length === 1 ? array([1, a.shape[0]], a.data) : a;
  const right = b.shape.length === 1 ? array([b.shape[0], 1], b.data) : b;
  const n = left.shape[left.shape.length - 2];
  const k = left.shape[left.shape.length - 1];
  const m = right.shape[right.shape.length - 1];
  const batch = common([left.shape.slice(0, -2), right.shape.slice(0, -2), []]);
  const x = spread(left, batch.concat([n, k]));
  const y = spread(right, batch.concat([k, m]));
  const data = [];
  for (let t = 0; t < sizeOf(batch); t++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let total = 0;
        for (let l = 0; l < k; l++) total += x.data[(t * n + i) * k + l] * y.data[(t * k + l) * m + j];
        data.push(total);
      }
    }
  }
  const shape = batch.slice();
  if (a.shape.length > 1) shape.push(n);
  if (b.shape.length > 1) shape.push(m);
  return array(shape, data);
}

// For each element that `x[entries]` reads: where it stands in x. Entries are integers, slices
// as [start, stop, step], null for a new axis and "..." for all that is not named.
function read(shape, entries) {
  const named = entries.filter((e) => e !== null && e !== "...").length;
  const all = [null, null, null];
  const full = [];
  let dotted = false;
  for (const e of entries) {
    if (e === "...") {
      dotted = true;
      for (let i = named; i < shape.length; i++) full.push(all);
    } else full.push(e);
  }
  if (!dotted) for (let i = named; i < shape.length; i++) full.push(all);
  const steps = strides(shape);
  const axes = [];
  let start = 0;
  let axis = 0;
  for (const e of full) {
    if (e === null) {
      axes.push([0]);
      continue;
    }
    const size = shape[axis];
    if (typeof e === "number") start += (e < 0 ? e + size : e) * steps[axis];
    else axes.push(sliced(e, size).map((i) => i * steps[axis]));
    axis++;
  }
  const result = axes.map((a) => a.length);
  return { shape: result, at: places(result).map((p) => start + total(p.map((i, k) => axes[k][i]))) };
}

function index(x, entries) {
  const found = read(x.shape, entries);
  return array(found.shape, found.at.map((i) => x.data[i]));
}

function placed(x, entries, shape) {
  const result = filled(shape, 0);
  read(shape, entries).at.forEach((at, i) => (result.data[at] = x.data[i]));
  return result;
}

function sliced(slice, size) {
  const step = slice[2] === null || slice[2] === undefined ? 1 : slice[2];
  const bound = (x, standard) => {
    if (x === null || x === undefined) return standard;
    return Math.max(Math.min(x < 0 ? x + size : x, step > 0 ? size : size - 1), step > 0 ? 0 : -1);
  };
  const first = bound(slice[0], step > 0 ? 0 : size - 1);
  const last = bound(slice[1], step > 0 ? size : -1);
  const result = [];
  for (let i = first; step > 0 ? i < last : i > last; i += step) result.push(i);
  return result;
}
