// The twin, group by group. LOSSES and CASES name the module and the cases.
import assert from "node:assert/strict";
import test from "node:test";
import { fault, read_cases } from "./compare.mjs";

const losses = await import(process.env.LOSSES);
const cases = read_cases(process.env.CASES);

for (const group of new Set(cases.map((one) => one.group))) {
  test(group, () => {
    for (const one of cases.filter((other) => other.group === group)) {
      assert.equal(fault(losses, one), "");
    }
  });
}
