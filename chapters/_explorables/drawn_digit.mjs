/** A digit drawn by hand, made into 8×8 pixels as those of the data were. */

const [SIDE, BLOCK] = [32, 4];
/** Half the width of a line, and the largest extent of a digit, in points of the 32×32. */
const [PEN, EXTENT] = [2.2, 27];

/**
 * The strokes, blown up to a common size and set in the middle, ink points of 32×32; a pixel counts
 * those of a 4×4 block, 0 to 16.
 * @param {readonly (readonly number[][])[]} strokes in parts of the pad's side
 * @returns {number[][]}
 */
export function pixels_of(strokes) {
  const points = strokes.flat();
  const [low, high] = [Math.min, Math.max].map((most) =>
    [0, 1].map((d) => most(...points.map((point) => point[d]))),
  );
  const scale = EXTENT / Math.max(high[0] - low[0], high[1] - low[1], 0.2);
  const lines = strokes.map((stroke) =>
    stroke.map((point) =>
      point.map((value, d) => (value - (low[d] + high[d]) / 2) * scale + SIDE / 2),
    ),
  );
  const inked = (/** @type {number} */ x, /** @type {number} */ y) =>
    lines.some((line) => line.some((end, i) => apart([x, y], line[Math.max(i - 1, 0)], end) < PEN));
  return rows(SIDE / BLOCK, (row, column) => {
    const block = rows(BLOCK, (y, x) =>
      Number(inked(column * BLOCK + x + 0.5, row * BLOCK + y + 0.5)),
    );
    return block.flat().reduce((total, ink) => total + ink, 0);
  });
}

/** @type {(size: number, entry: (row: number, column: number) => number) => number[][]} */
const rows = (size, entry) =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, k) => entry(row, k)));

/** How far a point is from a piece of a line. */
/** @type {(point: number[], from: number[], to: number[]) => number} */
function apart([x, y], [a, b], [c, d]) {
  const [dx, dy] = [c - a, d - b];
  const share = ((x - a) * dx + (y - b) * dy) / (dx * dx + dy * dy || 1);
  const held = Math.min(Math.max(share, 0), 1);
  return Math.hypot(x - a - held * dx, y - b - held * dy);
}
