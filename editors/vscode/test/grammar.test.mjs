// The grammar, held against what VS Code makes of it: the same two libraries cut lines into tokens here.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const here = new URL(".", import.meta.url);
const path = fileURLToPath(new URL("../syntaxes/graph.tmLanguage.json", here));
const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
await oniguruma.loadWASM(readFileSync(wasm).buffer);

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(path, "utf8"), path),
});
const grammar = await registry.loadGrammar("source.graph");

/** Each token of a text with its innermost scope, blanks left out. */
function tokens(text) {
  const found = [];
  let stack = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      const word = line.slice(startIndex, endIndex);
      if (word.trim()) {
        found.push([word.trim(), scopes.at(-1).replace(/\.graph$/, "")]);
      }
    }
  }
  return found;
}

const CASES = {
  "param W: [D, H] ~ he_normal  # weights": [
    ["param", "storage.type"],
    ["W", "variable.other"],
    [":", "punctuation.separator"],
    ["[", "punctuation.brackets"],
    ["D", "variable.other"],
    [",", "punctuation.separator"],
    ["H", "variable.other"],
    ["]", "punctuation.brackets"],
    ["~", "keyword.operator"],
    ["he_normal", "support.function.initialiser"],
    ["# weights", "comment.line.number-sign"],
  ],
  "## Documentation. 😀": [["## Documentation. 😀", "comment.block.documentation"]],
  "fn f(x: f32[B], from = 2) -> f32[B] = x.T": [
    ["fn", "storage.type"],
    ["f", "entity.name.function"],
    ["(", "punctuation.brackets"],
    ["x", "variable.other"],
    [":", "punctuation.separator"],
    ["f32", "support.type"],
    ["[", "punctuation.brackets"],
    ["B", "variable.other"],
    ["]", "punctuation.brackets"],
    [",", "punctuation.separator"],
    ["from", "variable.parameter"],
    ["=", "keyword.operator"],
    ["2", "constant.numeric"],
    [")", "punctuation.brackets"],
    ["->", "keyword.operator"],
    ["f32", "support.type"],
    ["[", "punctuation.brackets"],
    ["B", "variable.other"],
    ["]", "punctuation.brackets"],
    ["=", "keyword.operator"],
    ["x", "variable.other"],
    [".", "punctuation.accessor"],
    ["T", "variable.other.property"],
  ],
  "loss J = mean(sum + pi, keepdims=true)": [
    ["loss", "storage.type"],
    ["J", "variable.other"],
    ["=", "keyword.operator"],
    ["mean", "support.function"],
    ["(", "punctuation.brackets"],
    ["sum", "variable.other"],
    ["+", "keyword.operator"],
    ["pi", "support.constant"],
    [",", "punctuation.separator"],
    ["keepdims", "variable.parameter"],
    ["=", "keyword.operator"],
    ["true", "constant.language"],
    [")", "punctuation.brackets"],
  ],
  "scan h = Dense(x, 3) over m in mask axis 1 { next h = own(h) }": [
    ["scan", "keyword.control"],
    ["h", "variable.other"],
    ["=", "keyword.operator"],
    ["Dense", "support.class"],
    ["(", "punctuation.brackets"],
    ["x", "variable.other"],
    [",", "punctuation.separator"],
    ["3", "constant.numeric"],
    [")", "punctuation.brackets"],
    ["over", "keyword.control"],
    ["m", "variable.other"],
    ["in", "keyword.control"],
    ["mask", "variable.other"],
    ["axis", "keyword.control"],
    ["1", "constant.numeric"],
    ["{", "punctuation.section.block"],
    ["next", "keyword.control"],
    ["h", "variable.other"],
    ["=", "keyword.operator"],
    ["own", "entity.name.function.call"],
    ["(", "punctuation.brackets"],
    ["h", "variable.other"],
    [")", "punctuation.brackets"],
    ["}", "punctuation.section.block"],
  ],
  "axis = in_axis": [
    ["axis", "variable.other"],
    ["=", "keyword.operator"],
    ["in_axis", "variable.other"],
  ],
  "y = f(2., .5, 1e-3, x[..., 0]) and not none": [
    ["y", "variable.other"],
    ["=", "keyword.operator"],
    ["f", "entity.name.function.call"],
    ["(", "punctuation.brackets"],
    ["2.", "constant.numeric"],
    [",", "punctuation.separator"],
    [".5", "constant.numeric"],
    [",", "punctuation.separator"],
    ["1e-3", "constant.numeric"],
    [",", "punctuation.separator"],
    ["x", "variable.other"],
    ["[", "punctuation.brackets"],
    ["...", "keyword.operator"],
    [",", "punctuation.separator"],
    ["0", "constant.numeric"],
    ["]", "punctuation.brackets"],
    [")", "punctuation.brackets"],
    ["and", "keyword.operator.word"],
    ["not", "keyword.operator.word"],
    ["none", "constant.language"],
  ],
  'from "layers.graph" import Dense as D': [
    ["from", "keyword.control.import"],
    ['"', "string.quoted.double"],
    ["layers.graph", "string.quoted.double"],
    ['"', "string.quoted.double"],
    ["import", "keyword.control.import"],
    ["Dense", "support.class"],
    ["as", "keyword.control.import"],
    ["D", "variable.other"],
  ],
  "Δθ = µ * α": [
    ["Δθ", "variable.other"],
    ["=", "keyword.operator"],
    ["µ", "variable.other"],
    ["*", "keyword.operator"],
    ["α", "variable.other"],
  ],
};

for (const [line, expected] of Object.entries(CASES)) {
  test(line, () => assert.deepEqual(tokens(line), expected));
}

test("a string that is not closed ends with its line", () => {
  const found = tokens('y = einsum("ij\nparam w');
  assert.deepEqual(found.slice(-2), [["param", "storage.type"], ["w", "variable.other"]]);
});

test("what stands in examples has a colour", () => {
  const examples = new URL("../../../examples/", here);
  let count = 0;
  for (const folder of readdirSync(examples, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const inside = new URL(`${folder.name}/`, examples);
    for (const file of readdirSync(inside).filter((name) => name.endsWith(".graph"))) {
      count += 1;
      const found = tokens(readFileSync(new URL(file, inside), "utf8"));
      const plain = found.filter(([, scope]) => !scope.includes("."));
      assert.deepEqual(plain, [], file);
    }
  }
  assert.ok(count > 10);
});
