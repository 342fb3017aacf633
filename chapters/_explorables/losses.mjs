/**
 * The eight losses of lossnb for one sample, each with its gradient: `[loss, gradient]`.
 *
 * Names, defaults and conventions at kinks are those of the Python package, which the tests hold
 * this module to. Nothing here knows of a page.
 */

/** @typedef {readonly number[]} Vector */
/** @typedef {"crammer_singer" | "target_score" | "binary"} MarginForm */

/** @param {Vector} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @type {(a: Vector, b: Vector) => number} */
export const dot = (a, b) => sum(a.map((value, i) => value * b[i]));

/** @type {(factor: number, a: Vector, other: number, b: Vector) => number[]} */
const mixed = (factor, a, other, b) => a.map((value, i) => factor * value + other * b[i]);

/** @type {(label: number, classes: number) => number[]} */
const one_hot = (label, classes) => Array.from({ length: classes }, (_, j) => Number(j === label));

/**
 * The place of the largest entry, the first of several that tie; one entry may be left out.
 * @type {(values: Vector, without?: number) => number}
 */
export function argmax(values, without) {
  let best = without === 0 ? 1 : 0;
  values.forEach((value, j) => {
    if (j !== without && value > values[best]) best = j;
  });
  return best;
}

/**
 * Cross-entropy (9.1) of logits h and a label, or the probabilities q of all classes.
 *
 * ℓ = Σ_j q_j (log Σ_k e^{h_k} - h_j); the gradient is p_j Σq - q_j.
 * @param {Vector} logits
 * @param {number | Vector} target
 * @returns {[number, number[]]}
 */
export function cross_entropy(logits, target) {
  const q = typeof target === "number" ? one_hot(target, logits.length) : target;
  const top = argmax(logits);
  const others = logits.map((h, j) => (j === top ? 0 : Math.exp(h - logits[top])));
  // log Σ e^h = h_top + log(1 + rest), and nothing cancels.
  const rest = sum(others);
  const terms = q.map((share, j) =>
    share === 0 ? 0 : share * (logits[top] - logits[j] + Math.log1p(rest)),
  );
  const gradient = others.map((odds, j) => (j === top ? 0 : (odds / (1 + rest)) * sum(q) - q[j]));
  // They sum to 0, which keeps the digits of p_top - 1.
  gradient[top] = -sum(gradient);
  return [sum(terms), gradient];
}

/**
 * The margin u of one sample, and its gradient.
 * @param {any} logits
 * @param {number} target
 * @param {MarginForm} [form]
 * @returns {[number, any]}
 */
export function margin(logits, target, form = "crammer_singer") {
  if (form === "binary") return [target * logits, target];
  const own = one_hot(target, logits.length);
  if (form === "target_score") return [logits[target], own];
  const rival = argmax(logits, target);
  return [logits[target] - logits[rival], mixed(1, own, -1, one_hot(rival, logits.length))];
}

/**
 * A loss of the margin, from its value and its derivative at u.
 * @param {number} loss
 * @param {number} derivative
 * @param {any} slopes
 * @returns {[number, any]}
 */
function through_margin(loss, derivative, slopes) {
  const scaled = (/** @type {number} */ slope) => derivative * slope;
  return [loss, typeof slopes === "number" ? scaled(slopes) : slopes.map(scaled)];
}

/**
 * Hinge (9.2), max{0, margin - u}^p; Weston and Watkins's form is the mean of it over the rivals,
 * divided by the number of all classes.
 * @param {any} logits
 * @param {number} target
 * @param {{form?: MarginForm | "weston_watkins", margin?: number, p?: number}} [options]
 * @returns {[number, any]}
 */
export function hinge(logits, target, options = {}) {
  const { form = "crammer_singer", margin: wanted = 1, p = 1 } = options;
  if (form === "weston_watkins") return weston_watkins(logits, target, wanted, p);
  const [u, slopes] = margin(logits, target, form);
  const slack = Math.max(wanted - u, 0);
  return through_margin(slack ** p, p === 1 ? -Math.sign(slack) : -2 * slack, slopes);
}

/** @type {(h: Vector, y: number, wanted: number, p: number) => [number, number[]]} */
function weston_watkins(h, y, wanted, p) {
  const slack = h.map((rival, j) => (j === y ? 0 : Math.max(rival - h[y] + wanted, 0)));
  const slopes = slack.map((s) => (p === 1 ? Math.sign(s) : 2 * s) / h.length);
  slopes[y] = -sum(slopes);
  return [sum(slack.map((s) => s ** p)) / h.length, slopes];
}

/**
 * Ramp (9.3), the hinge cut off at the margin s: min{max{0, 1 - u}, 1 - s}.
 * @param {any} logits
 * @param {number} target
 * @param {{form?: MarginForm, s?: number}} [options]
 * @returns {[number, any]}
 */
export function ramp(logits, target, options = {}) {
  const { form = "crammer_singer" } = options;
  const { s = -1 / ((form === "binary" ? 2 : logits.length) - 1) } = options;
  const [u, slopes] = margin(logits, target, form);
  return through_margin(Math.min(Math.max(1 - u, 0), 1 - s), u > s && u < 1 ? -1 : 0, slopes);
}

/**
 * φ (9.10) and its slope as functions of the cosine, by the Chebyshev polynomials.
 * @type {(cosine: number, margin: number) => [number, number]}
 */
export function phi(cosine, margin) {
  let [k, sign] = [0, 1];
  for (let j = 1; j < margin; j++) {
    if (cosine < Math.cos((j * Math.PI) / margin)) [k, sign] = [k + 1, -sign];
  }
  let [t_before, t, u_before, u] = [1, cosine, 0, 1];
  for (let n = 1; n < margin; n++) {
    [t_before, t] = [t, 2 * cosine * t - t_before];
    [u_before, u] = [u, 2 * cosine * u - u_before];
  }
  return [sign * t - 2 * k, sign * margin * u];
}

/**
 * ψ = (λ cos θ + φ) / (1 + λ) and its slope.
 * @type {(cosine: number, margin: number, annealing: number) => [number, number]}
 */
export function psi(cosine, margin, annealing) {
  const [value, slope] = phi(cosine, margin);
  return [(annealing * cosine + value) / (1 + annealing), (annealing + slope) / (1 + annealing)];
}

/**
 * Large-margin softmax (9.8); the gradients are those of the feature and of the weights.
 *
 * Where x or W_y is 0 there is no angle: the logit is 0, its gradient that of the plain softmax.
 * @param {Vector} features
 * @param {readonly Vector[]} weight
 * @param {number} target
 * @param {{margin?: number, annealing?: number}} [options]
 * @returns {[number, [number[], number[][]]]}
 */
export function large_margin_softmax(features, weight, target, options = {}) {
  const { margin = 2, annealing = 0 } = options;
  const [x, w] = [features, weight[target]];
  const [long_x, long_w] = [Math.hypot(...x) || 1, Math.hypot(...w) || 1];
  const angle = x.some(Boolean) && w.some(Boolean);
  const cosine = dot(x, w) / long_x / long_w;
  const [value, slope] = psi(cosine, angle ? margin : 1, annealing);
  const logits = weight.map((row) => dot(row, x));
  logits[target] = long_w * long_x * value;
  const [loss, dh] = cross_entropy(logits, target);
  // df/dx = ψ' W + (ψ - cos θ ψ') |W| x/|x|, and the same with x and W exchanged.
  const radial = value - cosine * slope;
  const to_x = mixed(slope, w, (radial * long_w) / long_x, x);
  const to_w = mixed(slope, x, (radial * long_x) / long_w, w);
  const dx = x.map((_, i) =>
    sum(dh.map((slope_h, j) => slope_h * (j === target ? to_x[i] : weight[j][i]))),
  );
  const dw = dh.map((slope_h, j) => (j === target ? to_w : x).map((value) => slope_h * value));
  return [loss, [dx, dw]];
}

/**
 * Centre loss (9.11), ½ |x - c_y|²; the gradient is that of the feature.
 * @param {Vector} features
 * @param {readonly Vector[]} centers
 * @param {number} target
 * @returns {[number, number[]]}
 */
export function center(features, centers, target) {
  const pull = mixed(1, features, -1, centers[target]);
  return [dot(pull, pull) / 2, pull];
}

/**
 * The centres after their own step: c_j - α Σ (c_j - x_i) / (1 + n_j).
 * @param {readonly Vector[]} features
 * @param {readonly Vector[]} centers
 * @param {Vector} target
 * @returns {number[][]}
 */
export function update_centers(features, centers, target, alpha = 0.5) {
  return centers.map((c, j) => {
    const own = features.filter((_, i) => target[i] === j);
    return c.map((at, i) => at - (alpha * sum(own.map((x) => at - x[i]))) / (1 + own.length));
  });
}

/**
 * l1 (9.15), |ŷ - y|.
 * @type {(prediction: number, target: number) => [number, number]}
 */
export const l1 = (prediction, target) => [
  Math.abs(prediction - target),
  Math.sign(prediction - target),
];

/**
 * l2 (9.16), (ŷ - y)², without ½.
 * @type {(prediction: number, target: number) => [number, number]}
 */
export const l2 = (prediction, target) => [(prediction - target) ** 2, 2 * (prediction - target)];

/**
 * Tukey's biweight (9.17) of (ŷ - y)/scale, the scale held fixed.
 * @param {number} prediction
 * @param {number} target
 * @param {{c?: number, scale?: number}} [options]
 * @returns {[number, number]}
 */
export function tukey_biweight(prediction, target, options = {}) {
  const { c = 4.6851, scale = 1 } = options;
  const r = Math.min(Math.max((prediction - target) / scale, -c), c);
  const u = (r / c) ** 2;
  // c²/6 [1 - (1-u)³] multiplied out: nothing cancels for small residuals.
  return [(c ** 2 / 6) * u * (3 + u * (u - 3)), (r * (1 - u) ** 2) / scale];
}

/**
 * 1.4826 times the median absolute deviation; where that is 0, √(π/2) times the mean absolute
 * deviation, and where all are equal, 1.
 * @param {Vector} prediction
 * @param {Vector} target
 */
export function mad(prediction, target) {
  const r = mixed(1, prediction, -1, target);
  const deviation = r.map((value) => Math.abs(value - median(r)));
  const middle = median(deviation);
  const mean = sum(deviation) / deviation.length;
  return (middle > 0 ? 1.4826 * middle : Math.sqrt(Math.PI / 2) * mean) || 1;
}

/**
 * Of an even number, the mean of the two in the middle.
 * @param {Vector} values
 */
export function median(values) {
  const ordered = [...values].sort((a, b) => a - b);
  const n = values.length;
  return (ordered[Math.floor((n - 1) / 2)] + ordered[Math.floor(n / 2)]) / 2;
}
