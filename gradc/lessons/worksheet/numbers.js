// Numbers as text, and text as numbers.

function written(x, digits) {
  if (x !== x) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "−inf";
  const near = Number(x.toPrecision(digits));
  return String(near === 0 ? 0 : near).replace("-", "−");
}

function shown(x) {
  const nested = (shape, data) => {
    if (!shape.length) return written(data[0], 8);
    const size = data.length / shape[0];
    const rows = [];
    for (let i = 0; i < shape[0]; i++) rows.push(nested(shape.slice(1), data.slice(i * size, (i + 1) * size)));
    return "[" + rows.join(", ") + "]";
  };
  return nested(x.shape, x.data);
}

const factor = (x) => (shown(x).startsWith("−") ? "(" + shown(x) + ")" : shown(x));

// What is typed: `2`, `−1/4`, `3 × 2`, `1e-3`, `2,5`; in an array `[1, 2]`. Each number comes with
// the size of its last digit, which is 0 where it is exact; null where anything else is typed.
function numbers(text, isArray) {
  let plain = text.trim().replace(/[−–]/g, "-").replace(/\s*([*/×·])\s*/g, "$1");
  if (isArray) plain = plain.replace(/[\[\]\s,;]+/g, " ").trim();
  else if (/^[^,.]*,[^,.]*$/.test(plain)) plain = plain.replace(",", ".");
  const found = (isArray ? plain.split(" ") : [plain]).map(numberIn);
  return found.every((n) => n && Number.isFinite(n.number)) ? found : null;
}

function numberIn(word) {
  const [first, ...others] = word.split(/(?=[*/×·])/);
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const parts = [first, ...others.map((p) => p.slice(1))];
  if (!parts.every((p) => decimal.test(p))) return null;
  const number = others.reduce((n, p) => (p[0] === "/" ? n / Number(p.slice(1)) : n * Number(p.slice(1))), Number(first));
  if (others.length) return { number: number, digit: 0, digits: 0 };
  const [mantissa, exponent] = first.toLowerCase().split("e");
  const decimals = (mantissa.split(".")[1] || "").length;
  return {
    number: number,
    digit: Math.pow(10, Number(exponent || 0) - decimals),
    digits: mantissa.replace(/[-+.]/g, "").replace(/^0+/, "").length,
  };
}

// A value is right where it is the right one to the digits that are typed: 0.33 for 1/3, 2 for 2, but not
// 2.003 for 2. One digit is not enough, but where there are no more.
const EXACT = 1e-9;
const isValue = (typed, right) => all(typed, right, isNear);

function isNear(typed, x) {
  const distance = Math.abs(typed.number - x);
  if (distance <= EXACT * Math.abs(x) + 1e-12) return true;
  return typed.digits > 1 && distance <= 0.5 * typed.digit * (1 + 1e-6);
}

// A derivative may also be what a bump gives.
const isSlope = (typed, right) =>
  all(typed, right, (t, x) => isNear(t, x) || Math.abs(t.number - x) <= 0.002 * (Math.abs(x) || 1));

function all(typed, right, agrees) {
  return typed !== null && typed.length === right.data.length && typed.every((t, i) => agrees(t, right.data[i]));
}
