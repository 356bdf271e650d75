// Run the behaviours in Pyodide and write what became of each as JSON: node run.mjs PYODIDE PROJECT PACKAGES OUTPUT
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, project, packages, output] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide();
for (const [place, root] of [["/project", project], ["/packages", packages]]) {
    python.FS.mkdir(place);
    python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
process.on("uncaughtException", (error) => {  // Node.js would print Pyodide's whole source with it
    console.error(String(error.stack ?? error).slice(-3000));
    process.exit(1);
});
const told = await python.runPythonAsync(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/project", "/packages"]
from tests.pyodide.behaviours import told
await told()
`);
writeFileSync(output, told);
process.exit(0);  // not when the last timer is over: a node that was stopped sleeps for an hour
