// Numbers as text, and text as numbers.

function written(x) {
  if (x !== x) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "−inf";
  const near = Number(x.toPrecision(8));
  return String(near === 0 ? 0 : near).replace("-", "−");
}

function shown(x) {
  const nested = (shape, data) => {
    if (!shape.length) return written(data[0]);
    const size = data.length / shape[0];
    const rows = [];
    for (let i = 0; i < shape[0]; i++) rows.push(nested(shape.slice(1), data.slice(i * size, (i + 1) * size)));
    return "[" + rows.join(", ") + "]";
  };
  return nested(x.shape, x.data);
}

const factor = (x) => (shown(x).startsWith("−") ? "(" + shown(x) + ")" : shown(x));

// The numbers of a text such as `2`, `−1/4`, `1e-3` or `[1, 2]`; null where it holds others.
function numbers(text) {
  const words = text.replace(/[−–]/g, "-").replace(/[\[\]\s,;]+/g, " ").trim().split(" ");
  const found = [];
  for (const word of words) {
    const parts = word.split("/");
    const values = parts.map((p) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(p) ? Number(p) : NaN));
    if (parts.length > 2 || values.some((v) => v !== v)) return null;
    found.push(parts.length === 2 ? values[0] / values[1] : values[0]);
  }
  return found;
}

function agrees(typed, right) {
  return (
    typed !== null &&
    typed.length === right.data.length &&
    typed.every((t, i) => Math.abs(t - right.data[i]) <= 0.002 * Math.abs(right.data[i]) + 1e-9)
  );
}
