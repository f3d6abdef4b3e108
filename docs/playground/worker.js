// The worker of the page: one request after the other, each answered by its number.

import { startEngine } from "./engine.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

async function start() {
  const response = await fetch(new URL("gradc.zip", import.meta.url));
  if (!response.ok) throw new Error(`gradc.zip: ${response.status}`);
  const indexURL = new URL("pyodide/", import.meta.url).href;
  return startEngine(loadPyodide, { indexURL }, await response.arrayBuffer());
}

const engine = start();
engine.then(
  () => postMessage({ kind: "ready" }),
  (failure) => postMessage({ kind: "broken", message: String(failure) }),
);

onmessage = async ({ data }) => {
  const answer = await engine;
  const began = performance.now();
  let found;
  try {
    found = answer(data);
  } catch (failure) {
    found = { failure: String(failure) };
  }
  const { number, kind, text } = data;
  postMessage({ number, kind, text, ...found, milliseconds: performance.now() - began });
};
