// The figures that move, each in a classic script of its own, which a page opened from a file may
// load; what they share stands in one more. Usage: node bundle.mjs SOURCES OUTPUT
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [sources, output] = process.argv.slice(2);
const PARTS = ["fit.mjs", "frame.mjs", "losses.mjs", "plot.mjs"];
// Each figure has its strings in the catalogue.
const figures = readdirSync(join(sources, "words", "en"))
  .filter((name) => name !== "frame.json")
  .map((name) => name.replace(".json", ".mjs"));

const from_shared = {
  name: "from shared",
  setup(made) {
    made.onResolve({ filter: new RegExp(`^\\./(${PARTS.join("|")})$`) }, () => ({
      path: "shared",
      namespace: "shared",
    }));
    made.onLoad({ filter: /.*/, namespace: "shared" }, () => ({
      contents: "module.exports = globalThis.explorables",
    }));
  },
};

const settings = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  outdir: output,
  logLevel: "warning",
  nodePaths: [join(import.meta.dirname, "node_modules")],
};
await build({ ...settings, entryPoints: [join(sources, "shared.mjs")], globalName: "explorables" });
await build({
  ...settings,
  entryPoints: [join(sources, "load.mjs"), join(sources, "explorables.css")],
});
await build({
  ...settings,
  entryPoints: figures.map((name) => join(sources, name)),
  plugins: [from_shared],
});
