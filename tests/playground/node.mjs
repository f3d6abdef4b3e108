// Compiles graphs with the page's engine under node: node node.mjs OUT REQUESTS
// Answers come as one list of JSON, each with the milliseconds of the fastest of its tries.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [out, requests] = process.argv.slice(2);
const { startEngine } = await import(pathToFileURL(`${out}/engine.js`));
const { loadPyodide } = await import(pathToFileURL(`${out}/pyodide/pyodide.mjs`));
const answer = await startEngine(
  loadPyodide,
  { indexURL: `${out}/pyodide/` },
  readFileSync(`${out}/gradc.zip`),
);
const answers = JSON.parse(readFileSync(requests, "utf8")).map(({ tries = 1, ...request }) => {
  let best = Infinity;
  let found;
  for (let i = 0; i < tries; i++) {
    const began = performance.now();
    found = answer(request);
    best = Math.min(best, performance.now() - began);
  }
  return { ...found, milliseconds: best };
});
console.log(JSON.stringify(answers));
