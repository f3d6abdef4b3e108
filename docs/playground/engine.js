// gradc inside Pyodide: the same in a worker of the page and under node.

const HOME = "/lib/gradc";

// Starts Python, unpacks gradc and warms it up; what comes back answers a request with an object.
export async function startEngine(loadPyodide, options, bundle) {
  const python = await loadPyodide(options);
  python.unpackArchive(new Uint8Array(bundle), "zip", { extractDir: HOME });
  python.runPython(`import sys; sys.path.insert(0, ${JSON.stringify(HOME)})`);
  const playground = python.pyimport("playground");
  const answer = (request) => {
    const { kind, text, name, level } = request;
    const words = kind === "module" ? [text, name, level] : [text, name];
    return JSON.parse(playground[kind](...words));
  };
  answer({ kind: "module", text: "param w = 3\nloss J = w**2\n", name: "warm.graph", level: 1 });
  return answer;
}
