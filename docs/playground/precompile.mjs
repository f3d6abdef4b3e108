// Replaces the modules of gradc.zip by their bytecode, made by the Python that will read it.
//
//     node precompile.mjs OUT

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const out = resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${out}/pyodide/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${out}/pyodide/` });
python.FS.writeFile("/sources.zip", new Uint8Array(readFileSync(`${out}/gradc.zip`)));
python.runPython(`
import importlib.util, marshal, zipfile

UNCHECKED = (1).to_bytes(4, "little") + bytes(8)  # it stands alone, so it is never out of date
TEXTS = "/helpers/"  # what targets copy into modules stays text

def bytecode(name, source):
    code = compile(source, f"/lib/gradc/{name}", "exec", dont_inherit=True)
    return importlib.util.MAGIC_NUMBER + UNCHECKED + marshal.dumps(code)

with zipfile.ZipFile("/sources.zip") as old, zipfile.ZipFile("/gradc.zip", "w") as new:
    for entry in old.infolist():
        name, data = entry.filename, old.read(entry)
        if name.endswith(".py") and TEXTS not in name:
            name, data = name + "c", bytecode(name, data)
        new.writestr(zipfile.ZipInfo(name, entry.date_time), data, zipfile.ZIP_DEFLATED)
`);
writeFileSync(`${out}/gradc.zip`, python.FS.readFile("/gradc.zip"));
