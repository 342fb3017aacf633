/** Numbers on a line, close together: of two handles that overlap, the nearer one is taken. */

/** @typedef {import("./plot.mjs").Plane} Plane */

const REACH = 22;

/**
 * Cut each handle's reach half way to its neighbours. Numbers that are equal keep all of theirs.
 * @type {(plane: Plane, numbers: readonly number[]) => void}
 */
export function apart({ root, x }, numbers) {
  const at = numbers.map((value) => x(value));
  root.selectAll(".handle-reach").attr("style", (_, i) => {
    const room = (/** @type {number} */ way) =>
      Math.min(REACH, ...at.map((other) => (way * (other - at[i])) / 2).filter((gap) => gap > 0));
    return `clip-path: inset(0 ${(REACH - room(1)).toFixed(1)}px 0 ${(REACH - room(-1)).toFixed(1)}px)`;
  });
}

/** To so many digits, and so equal where it looks equal. @type {(value: number, digits: number) => number} */
export const rounded = (value, digits) => Number(value.toFixed(digits));
