// The figures that move, each in a classic script of its own, which a page opened from a file may
// load; what they share stands in one more. Usage: node bundle.mjs SOURCES OUTPUT WORDS, the last
// being the folder with what they say in the language of the edition.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [sources, output, words] = process.argv.slice(2);
const PARTS = ["fit.mjs", "frame.mjs", "losses.mjs", "plot.mjs"];
// Each figure has its strings in the catalogue, and so have the exercises of each page.
const named_in = (folder) =>
  readdirSync(join(words, folder))
    .filter((name) => name.endsWith(".json") && name !== "frame.json")
    .map((name) => name.replace(".json", ""));

const from_shared = {
  name: "from shared",
  setup(made) {
    made.onResolve({ filter: new RegExp(`^\\.\\.?/(${PARTS.join("|")})$`) }, () => ({
      path: "shared",
      namespace: "shared",
    }));
    made.onLoad({ filter: /.*/, namespace: "shared" }, () => ({
      contents: "module.exports = globalThis.explorables",
    }));
  },
};

// Sources name the English words, which are the ones that types are checked with.
const words_of_edition = {
  name: "words of the edition",
  setup(made) {
    made.onResolve({ filter: /\/words\/en\// }, ({ path }) => ({
      path: join(words, path.replace(/.*\/words\/en\//, "")),
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
  plugins: [words_of_edition],
};
await build({ ...settings, entryPoints: [join(sources, "shared.mjs")], globalName: "explorables" });
await build({
  ...settings,
  entryPoints: ["load.mjs", "explorables.css", "cards.mjs", "cards.css"].map((file) =>
    join(sources, file),
  ),
});
await build({
  ...settings,
  entryPoints: ["find.mjs", "search.mjs", "search.css"].map((name) =>
    join(sources, "search", name),
  ),
});
await build({
  ...settings,
  entryPoints: [
    ...named_in("").map((name) => ({ in: join(sources, `${name}.mjs`), out: name })),
    ...named_in("exercises").map((name) => ({
      in: join(sources, "exercises", `${name}.mjs`),
      out: `exercises-${name}`,
    })),
  ],
  plugins: [words_of_edition, from_shared],
});
// What a figure fetches only when it is played with, as a global of the file's name.
for (const file of readdirSync(sources).filter((name) => name.endsWith("_later.mjs"))) {
  await build({
    ...settings,
    entryPoints: [join(sources, file)],
    globalName: file.replace(".mjs", ""),
    plugins: [words_of_edition, from_shared],
  });
}
