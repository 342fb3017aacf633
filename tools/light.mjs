// One style sheet with the rules that are used, one script, fonts with the letters that are used.
// Usage: node light.mjs SITE SHEET.css... SCRIPT.js..., in the order in which a page would load them
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { PurgeCSS } from "purgecss";
import subset from "subset-font";
import { face, lettersByFace } from "./letters.mjs";

const [site, ...files] = process.argv.slice(2);
const [sheets, scripts] = ["css", "js"].map((kind) => files.filter((file) => file.endsWith(kind)));
const at = (path) => join(site, "_static", path);
const text = (path) => readFileSync(at(path), "utf8");

// A sheet's files are named from where it lies.
const moved = (path) =>
  text(path)
    .replace(/,\s*url\([^)]*\.ttf\) format\("\w+"\)/g, "")
    .replace(/url\(['"]?(?!data:|['"])([^)'"]+)['"]?\)/g, (_, target) => {
      const from = new URL(path, "file:///");
      return `url(${new URL(target, from).pathname.slice(1)})`;
    });
const [{ css }] = await new PurgeCSS().purge({
  content: [join(site, "**", "*.html"), ...globSync(join(site, "_static", "**", "*.js"))],
  css: [{ raw: sheets.map(moved).join("\n") }],
  variables: false,
  // Bootstrap and the theme write these names in parts.
  safelist: { standard: ["html", "body", /^data-/, /^is-/], greedy: [/tooltip/, /popover/] },
});
// The theme lays the page out again and again to find what scrolls: page.js does it, once.
const TAB_STOPS =
  '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",' +
  '".pst-scrollable-table-container"]';
const theme = scripts.filter((path) => path.startsWith("scripts/"));
const all = [
  ...scripts.filter((path) => !theme.includes(path)).map(text),
  // What the theme does is for the hand, which comes after the first paint, or wakes the theme.
  `{
    let wake = () => {
      wake = () => {};
      ${theme.map(text).join(";\n")}
    };
    requestAnimationFrame(() => setTimeout(() => wake()));
    addEventListener("keydown", () => wake(), { capture: true, once: true });
    addEventListener("pointerdown", () => wake(), { capture: true, once: true });
  }`,
].join(";\n");
if (!all.includes(TAB_STOPS)) throw new Error("the theme finds its tab stops in another way now");
const joined = all.replace(TAB_STOPS, '["no-element"]');
const script = await transform(joined, { minify: true, drop: ["console"] });
writeFileSync(at("site.js"), script.code);

// Icons are named in the sheet; formulas stand in the pages.
const icons = [...css.matchAll(/content:\s*"\\(f[0-9a-f]{3})"/g)]
  .map(([, code]) => String.fromCodePoint(Number.parseInt(code, 16)))
  .join("");
const pages = globSync(join(site, "*.html")).map((page) => readFileSync(page, "utf8"));
const letters = lettersByFace(css, pages);

// The fonts come with the sheet: no line changes its length when its letters come.
let { code: sheet } = await transform(css, { loader: "css", minify: true, target: "es2022" });
for (const [whole, path] of sheet.matchAll(/@font-face\{[^}]*url\(([^)]+\.woff2)\)[^}]*\}/g)) {
  const kept = path.startsWith("katex/") ? letters.get(face(whole)) : icons;
  // HTML spells out <, > and &.
  const options = { targetFormat: "woff2", noHinting: true };
  const font = kept && (await subset(readFileSync(at(path)), `${kept}<>&`, options));
  const held = font && `data:font/woff2;base64,${font.toString("base64")}`;
  sheet = sheet.replace(whole, held ? whole.replace(path, held) : "");
}
writeFileSync(at("site.css"), sheet);
const named = new Set([...sheet.matchAll(/url\(([^)]+)\)/g)].map(([, path]) => at(path)));

const gone = ["**/*.map", "**/webpack-macros.html", "**/*.ttf", "**/*.woff2", "locales"];
for (const file of [...gone.flatMap((pattern) => globSync(at(pattern))), ...files.map(at)]) {
  if (!named.has(file)) rmSync(file, { recursive: true, force: true });
}
