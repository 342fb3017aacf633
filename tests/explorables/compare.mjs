// Whether a twin says what lossnb and the reference values say: see cases.py, which writes them.
import { readFileSync } from "node:fs";

const UNWRITABLE = { inf: Infinity, "-inf": -Infinity, nan: NaN };

export const read_cases = (file) =>
  JSON.parse(readFileSync(file, "utf8"), (_, value) => UNWRITABLE[value] ?? value);

/** Relative to the largest entry: an entry that cancels to 0 has no digits of its own. */
function near(got, wanted) {
  const [a, b] = [[got].flat(Infinity), [wanted].flat(Infinity)];
  const largest = Math.max(...b.filter(Number.isFinite).map(Math.abs), 0);
  return (
    a.length === b.length &&
    a.every((value, i) => value === b[i] || Math.abs(value - b[i]) <= 1e-12 * largest)
  );
}

const scaled = (factor, values) =>
  Array.isArray(values) ? values.map((value) => scaled(factor, value)) : factor * values;
const total = (terms) =>
  terms.reduce((a, b) => (Array.isArray(a) ? a.map((value, i) => total([value, b[i]])) : a + b));

function outcome(losses, { loss, samples, factors, options }) {
  if (options === null) return { result: losses[loss](...samples[0]) };
  const found = samples.map((given) => losses[loss](...given, options));
  const firsts = found.map(([, g]) => (loss === "large_margin_softmax" ? g[0] : g));
  const values = found.map(([value], i) => factors[i] * value);
  return {
    values,
    value: total(values),
    gradient: firsts.map((g, i) => scaled(factors[i], g)),
    weight_gradient: total(found.map(([, g], i) => scaled(factors[i], g[1] ?? 0))),
  };
}

/** What is wrong with a case, in words; nothing if it is right. */
export function fault(losses, one) {
  const got = outcome(losses, one);
  const wrong = Object.entries(one.expected).find(([name, wanted]) => !near(got[name], wanted));
  if (!wrong) return "";
  const [name, wanted] = wrong;
  const told = JSON.stringify({
    got: got[name],
    wanted,
    samples: one.samples,
    options: one.options,
  });
  return `${name}: ${told}`;
}
