// The page's engine under node: a line of JSON is a request, and a line of JSON its answer.
//
//     node node.mjs OUT

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [out] = process.argv.slice(2);
const { startEngine } = await import(pathToFileURL(`${out}/engine.js`));
const { loadPyodide } = await import(pathToFileURL(`${out}/pyodide/pyodide.mjs`));
const bundle = readFileSync(`${out}/gradc.zip`);
const answer = await startEngine(loadPyodide, { indexURL: `${out}/pyodide/` }, bundle);
for await (const line of createInterface({ input: process.stdin })) {
  const began = performance.now();
  const found = answer(JSON.parse(line));
  console.log(JSON.stringify({ ...found, milliseconds: performance.now() - began }));
}
