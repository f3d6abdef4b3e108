"""Graphs with scans, each with sizes that are fixed so that it can be unrolled as well."""

GRAPHS = {
    "recurrent": """
dim T = 5, B = 2, H = 4, D = 3
input x: [T, B, D]
input h0: [B, H]
param U: [D, H] ~ glorot_normal
param V: [H, H] ~ orthogonal
param b: [H] = 0.1
scan h = h0 over x_t in x {
    z = x_t @ U + h @ V + b
    next h = tanh(z)
    output ys = next h
}
output ys
loss J = sum(square(h)) + mean(ys)
wrt x, h0, U, V, b
""",
    "several_carried_and_axes": """
dim T = 4, B = 3
input x: [B, T]
input m: [T, B]
param w: [B] = 0.7
scan a, c = zeros([B]), w over x_t in x axis 1, m_t in m {
    next a = a + c * x_t
    next c = sin(c) * m_t + a
    output both = next a * c axis 1
    output last = a
}
output both, last
loss J = sum(a * c) + sum(square(both)) + sum(last)
wrt x, m, w
""",
    "swapped": """
dim T = 3
param p: [2] = [1, 2]
param q: [2] = [3, 5]
scan a, b = p, q times T {
    next a = b
    next b = a * 1.5
}
loss J = sum(a * a) + sum(b)
""",
    "number_grows_to_array": """
dim T = 4
input x: [T, 3]
scan s = 0 over x_t in x {
    next s = s + square(x_t)
}
loss J = sum(sqrt(s + 1))
wrt x
""",
    "no_steps": """
dim T = 0
input x: [T, 2]
param w: [2] = 2
scan h = w over x_t in x {
    next h = h * x_t
    output hs = next h
}
output hs
loss J = sum(h) + sum(hs)
wrt x, w
""",
    "nested": """
dim N = 3, M = 2
input x: [N, M]
param w = 0.5
scan total = 0 over row in x {
    scan part = total over v in row {
        next part = tanh(part * w + v)
        output parts = next part
    }
    next total = part + sum(parts)
    output totals = total
}
loss J = total + sum(square(totals))
wrt x, w
""",
    "layers_shared": """
from nn import LSTMCell
dim T = 4, B = 2, H = 3
input x: [T, B, 5]
scan h, c = zeros([B, H]), zeros([B, H]) over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
    output hs = next h
}
output hs
loss J = sum(square(hs)) + sum(c) + sum(square(cell.U))
wrt x, cell.W, cell.U, cell.b
""",
    "unshared": """
from nn import Dense
dim B = 2, D = 3
input x: [B, D]
layer Block(v, width) {
    inner = Dense(v, width)
    outer = Dense(tanh(inner), v.shape[-1])
    return v + outer
}
scan h = x times 3 unshared {
    next h = Block(h, 4) as block
}
loss J = sum(square(h)) + sum(square(block.inner.W))
""",
    "function": """
dim N = 5
input x: [N]
param w = 0.9
fn decayed(v, rate) {
    scan s = 0 over v_t in v {
        next s = rate * s + v_t
        output ys = next s
    }
    return ys
}
y = decayed(x, w)
loss J = sum(square(decayed(y, 0.5)))
wrt x, w
""",
    "captures": """
dim T = 4
input x: [T]
param w = 0.5
a = exp(w)
k = a * [1, 2, 3]
scan s = k over x_t in x {
    step = s * x_t + a
    next s = where(step > 1, step, step * w)
    output kept = stop if false else next s
}
loss J = sum(s * k) + sum(kept)
""".replace("stop if false else next s", "next s"),
    "rules_of_their_own": """
dim T = 3, K = 4
input x: [T, 2, K]
input label: i64[T, 2]
param W: [K, K] ~ glorot_normal
scan total = 0 over x_t in x, label_t in label {
    next total = total + cross_entropy(gelu(x_t @ W), label_t)
}
loss J = total
wrt x, W
""",
    "unused_last_value": """
dim T = 3
input x: [T]
param w = 2
scan s = w over x_t in x {
    next s = s * x_t
    output ys = s * s
}
loss J = sum(ys)
wrt x, w
""",
    "carries_views_of_others": """
dim T = 3
input x: [T, 2, 2]
param w: [2, 2] = 1.5
scan a, b = w, w over x_t in x {
    next a = x_t.T
    next b = x_t.T
    output both = a * b
}
c = exp(a)
d = b * 2
loss J = sum(both) + sum(c * d) + sum(a * b)
wrt x, w
""",
    "nested_read_after_the_loop": """
dim T = 3
input x: [T, 4]
param w: [4] = 0.5
h0 = sin(w)
scan h = h0 over x_t in x {
    next h = h * x_t + h
}
loss J = sum(h * cos(h0)) + sum(h0)
wrt x, w
""",
    "passed_along_through_many": """
input z: [4]
param w: [3] = 0.5
scan a, b, c, d, e, f = w, w, w, w, w, w times 9 {
    scan y = f times 3 {
        next y = y * tanh(sum(z))
    }
    next a = b
    next b = c
    next c = d
    next d = e
    next e = y
    next f = a
}
loss J = sum(f)
wrt w, z
""",
}
