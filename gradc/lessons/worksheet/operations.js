// The operations of the table, by their names; no text ever becomes code.

function rounded(x) {
  const near = Math.round(x);
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : near;
}

const truth = (x) => (x ? 1 : 0);
const smaller = (a, b) => (a !== a || b !== b ? NaN : Math.min(a, b));
const larger = (a, b) => (a !== a || b !== b ? NaN : Math.max(a, b));
const ELEMENTWISE = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  floor_divide: (a, b) => Math.floor(a / b),
  remainder: (a, b) => a - b * Math.floor(a / b),
  power: (a, b) => (a === 1 || b === 0 ? 1 : Math.pow(a, b)),
  negative: (a) => -a,
  abs: Math.abs,
  hypot: Math.hypot,
  exp: Math.exp,
  exp2: (a) => Math.pow(2, a),
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  logaddexp: (a, b) => (a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))),
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  relu: (a) => larger(a, 0),
  maximum: larger,
  minimum: smaller,
  fmax: (a, b) => (a !== a ? b : b !== b ? a : Math.max(a, b)),
  fmin: (a, b) => (a !== a ? b : b !== b ? a : Math.min(a, b)),
  where: (c, a, b) => (c ? a : b),
  at_least: larger,
  at_most: smaller,
  between: (a, low, high) => smaller(larger(a, low), high),
  stop_gradient: (a) => a,
  copysign: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: rounded,
  trunc: Math.trunc,
  less: (a, b) => truth(a < b),
  less_equal: (a, b) => truth(a <= b),
  greater: (a, b) => truth(a > b),
  greater_equal: (a, b) => truth(a >= b),
  equal: (a, b) => truth(a === b),
  not_equal: (a, b) => truth(a !== b),
  logical_and: (a, b) => truth(a && b),
  logical_or: (a, b) => truth(a || b),
  logical_not: (a) => truth(!a),
  isnan: (a) => truth(a !== a),
  isinf: (a) => truth(Math.abs(a) === Infinity),
  isfinite: (a) => truth(Number.isFinite(a)),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  arctan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  sigmoid: (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
  guard: (a, dy) => (dy === 0 ? 0 : a),
};

function evaluate(node, x) {
  const plain = Object.prototype.hasOwnProperty.call(ELEMENTWISE, node.op);
  if (plain) return each(ELEMENTWISE[node.op], x);
  if (Object.prototype.hasOwnProperty.call(REDUCTIONS, node.op)) {
    return reduce(REDUCTIONS[node.op], x[0], node.axis, node.keepdims);
  }
  switch (node.op) {
    case "constant":
    case "size":
      return scalar(numberOf(node.value));
    case "array":
      return array(node.shape, node.value.map(numberOf));
    case "zeros":
      return filled(node.shape, 0);
    case "ones":
      return filled(node.shape, 1);
    case "full":
      return spread(x[0], node.shape);
    case "astype":
      if (node.dtype === "bool") return each((a) => truth(a !== 0), x);
      return node.dtype[0] === "i" ? each(Math.trunc, x) : x[0];
    case "reshape":
      return array(node.shape, x[0].data);
    case "broadcast_to":
      return spread(x[0], node.shape);
    case "transpose":
      return transpose(x[0], node.axes);
    case "matmul":
      return matmul(x[0], x[1]);
    case "index": {
      const found = read(x[0].shape, node.entries);
      return array(found.shape, found.at.map((i) => x[0].data[i]));
    }
    case "index_adjoint": {
      const result = filled(node.shape, 0);
      read(node.shape, node.entries).at.forEach((at, i) => (result.data[at] = x[0].data[i]));
      return result;
    }
    default:
      throw new Error("unknown operation " + node.op);
  }
}

function run(nodes, slots) {
  for (const node of nodes) slots[node.out] = evaluate(node, node.in.map((i) => slots[i]));
}
