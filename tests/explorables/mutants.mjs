// Every operator, comparison and number of the twin is changed, one at a time; each change must be
// noticed. Usage: node mutants.mjs LOSSES CASES. Prints the changes that nothing notices.
import { readFileSync } from "node:fs";
import { fault, read_cases } from "./compare.mjs";

const [file, cases_file] = process.argv.slice(2);
const source = readFileSync(file, "utf8");
const cases = read_cases(cases_file);

const CHANGES = [
  [/ \+ /g, [" - "]],
  [/ - /g, [" + "]],
  [/ \* /g, [" / "]],
  [/ \/ /g, [" * "]],
  [/ \*\* /g, [" * "]],
  [/ > /g, [" >= ", " < "]],
  [/ < /g, [" <= ", " > "]],
  [/ === /g, [" !== "]],
  [/ !== /g, [" === "]],
  [/ && /g, [" || "]],
  [/ \|\| /g, [" && "]],
  [/Math\.max/g, ["Math.min"]],
  [/Math\.min/g, ["Math.max"]],
  [/Math\.abs|Math\.sign|Math\.floor|Math\.sqrt/g, [""]],
  [/Math\.log1p/g, ["Math.log"]],
  [/(?<=[ ([{?:=-])-(?=[a-zA-Z(1])/g, [""]],
  [/(?<![\w.])\d+(?:\.\d+)?(?![\w.])/g, ["+1", "=0"]],
];

// Changes that change nothing, and why.
const HARMLESS = new Map([
  ["for (let j = 1; j <= margin; j++) {", "no cosine is below cos π"],
  [
    "const [long_x, long_w] = [Math.hypot(...x) || 2, Math.hypot(...w) || 1];",
    "any but 0 would do",
  ],
  [
    "const [long_x, long_w] = [Math.hypot(...x) || 1, Math.hypot(...w) || 2];",
    "any but 0 would do",
  ],
  [
    "if (cosine <= Math.cos((j * Math.PI) / margin)) [k, sign] = [k + 1, -sign];",
    "φ is continuous",
  ],
]);

/** Where code stands, and not a comment. */
const comments = [...source.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*/g)].map((m) => [
  m.index,
  m.index + m[0].length,
]);
const in_comment = (at) => comments.some(([from, to]) => from <= at && at < to);

function changed(number, by) {
  return by === "+1" ? String(Number(number) + 1) : "0";
}

const mutants = [];
for (const [pattern, others] of CHANGES) {
  for (const match of source.matchAll(pattern)) {
    if (in_comment(match.index)) continue;
    for (const other of others) {
      const text = /^(\+1|=0)$/.test(other) ? changed(match[0], other) : other;
      if (text === match[0]) continue;
      const mutant =
        source.slice(0, match.index) + text + source.slice(match.index + match[0].length);
      const line = source.slice(0, match.index).split("\n").length;
      const shown = mutant.split("\n")[line - 1].trim();
      if (HARMLESS.delete(shown)) continue;
      mutants.push({ mutant, name: `${line}: ${match[0].trim()} -> ${text.trim()}: ${shown}` });
    }
  }
}

for (const shown of HARMLESS.keys()) console.log(`no such change: ${shown}`);

let noticed = 0;
for (const { mutant, name } of mutants) {
  const url = `data:text/javascript,${encodeURIComponent(mutant)}`;
  try {
    const losses = await import(url);
    if (cases.some((one) => fault(losses, one))) noticed += 1;
    else console.log(name);
  } catch {
    noticed += 1;
  }
}
console.error(`${noticed} of ${mutants.length}`);
