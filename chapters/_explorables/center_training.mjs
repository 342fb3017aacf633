/**
 * The small training of page 9.1.5, batch by batch: 64 pixels, 128 hidden units with a ReLU, two
 * features, ten logits without a bias; cross-entropy plus λ times the centre loss, by descent with
 * momentum; after each step the centres follow. Nothing here knows of a page.
 */

import { logits } from "./center_features.mjs";
import { center, cross_entropy, update_centers } from "./losses.mjs";
import { mersenne_twister, shuffled, uniform } from "./torch_random.mjs";

/** @typedef {{pixels: Float64Array, labels: number[]}} Images 64 pixels an image, from 0 to 1 */
/** @typedef {{weight: number, alpha: number, seed: number}} Settings `weight` is λ */

const [PIXELS, HIDDEN, FEATURES, CLASSES] = [64, 128, 2, 10];
const [BATCH, RATE, MOMENTUM] = [128, 0.1, 0.9];

/**
 * A network, its centres and what its optimiser remembers.
 * @param {Images} images to train on
 * @param {Settings} settings
 */
export function training({ pixels, labels }, { weight, alpha, seed }) {
  const parameters = first_weights(seed);
  const gradients = parameters.map((values) => new Float64Array(values.length));
  const velocities = parameters.map((values) => new Float64Array(values.length));
  const steps_an_epoch = Math.ceil(labels.length / BATCH);
  /** @type {number[]} */
  let order = [];
  const run = {
    parameters,
    steps: 0,
    centers: Array.from({ length: CLASSES }, () => [0, 0]),

    epochs: () => run.steps / steps_an_epoch,
    at_end: () => run.steps % steps_an_epoch === 0,

    /** One step; the loss before it. */
    step() {
      const at = run.steps % steps_an_epoch;
      if (at === 0) order = shuffled(seed, run.steps / steps_an_epoch, labels.length);
      const batch = order.slice(at * BATCH, (at + 1) * BATCH);
      for (const gradient of gradients) gradient.fill(0);
      let total = 0;
      const features = batch.map((i) => {
        const image = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
        const { hidden, x, h } = forward(parameters, image);
        const [surprise, by_logits] = cross_entropy(h, labels[i]);
        const [scatter, pull] = center(x, run.centers, labels[i]);
        const share = (/** @type {number} */ value) => value / batch.length;
        const by_features = pull.map((value) => share(weight * value));
        backward(parameters, gradients, image, hidden, x, by_logits.map(share), by_features);
        total += share(surprise + weight * scatter);
        return x;
      });
      descend(parameters, gradients, velocities);
      const own = batch.map((i) => labels[i]);
      run.centers = update_centers(features, run.centers, own, alpha);
      run.steps++;
      return total;
    },
  };
  return run;
}

/**
 * The weights and shifts of the three layers as torch draws them: within 1/√inputs of 0.
 *
 * Each layer has its weights by inputs, as all that leaves one pixel is used together.
 * @param {number} seed
 */
export function first_weights(seed) {
  const random = mersenne_twister(seed);
  const drawn = (/** @type {number} */ count, /** @type {number} */ inputs) =>
    uniform(random, count, 1 / Math.sqrt(inputs));
  // In the order in which torch makes them.
  const first = by_inputs(drawn(PIXELS * HIDDEN, PIXELS), PIXELS);
  const first_shift = drawn(HIDDEN, PIXELS);
  const second = by_inputs(drawn(HIDDEN * FEATURES, HIDDEN), HIDDEN);
  const second_shift = drawn(FEATURES, HIDDEN);
  const last = by_inputs(drawn(FEATURES * CLASSES, FEATURES), FEATURES);
  return [first, first_shift, second, second_shift, last];
}

/** Rows of an output each become rows of an input each. */
/** @type {(rows: Float64Array, inputs: number) => Float64Array} */
function by_inputs(rows, inputs) {
  const outputs = rows.length / inputs;
  return rows.map((_, k) => rows[(k % outputs) * inputs + Math.floor(k / outputs)]);
}

/**
 * The features x of an image and its logits h.
 * @param {Float64Array[]} parameters
 * @param {ArrayLike<number>} image
 */
export function forward([first, first_shift, second, second_shift, last], image) {
  const hidden = first_shift.slice();
  for (let i = 0; i < PIXELS; i++) {
    const ink = image[i];
    if (ink === 0) continue;
    for (let k = 0, at = i * HIDDEN; k < HIDDEN; k++, at++) hidden[k] += ink * first[at];
  }
  const x = [...second_shift];
  for (let k = 0; k < HIDDEN; k++) {
    if (hidden[k] <= 0) hidden[k] = 0;
    x[0] += hidden[k] * second[2 * k];
    x[1] += hidden[k] * second[2 * k + 1];
  }
  return { hidden, x, h: logits(last, x) };
}

/**
 * Add one image's part of the gradients, from those by its logits and, of the centre loss, by its
 * features.
 * @param {Float64Array[]} parameters
 * @param {Float64Array[]} gradients
 * @param {ArrayLike<number>} image
 * @param {Float64Array} hidden
 * @param {number[]} x
 * @param {number[]} by_logits
 * @param {number[]} by_features
 */
function backward(parameters, gradients, image, hidden, x, by_logits, by_features) {
  const [, , second, , last] = parameters;
  const [to_first, to_first_shift, to_second, to_second_shift, to_last] = gradients;
  for (let d = 0; d < FEATURES; d++) {
    for (let j = 0; j < CLASSES; j++) {
      to_last[d * CLASSES + j] += by_logits[j] * x[d];
      by_features[d] += by_logits[j] * last[d * CLASSES + j];
    }
    to_second_shift[d] += by_features[d];
  }
  const by_hidden = new Float64Array(HIDDEN);
  for (let k = 0; k < HIDDEN; k++) {
    if (hidden[k] === 0) continue;
    to_second[2 * k] += by_features[0] * hidden[k];
    to_second[2 * k + 1] += by_features[1] * hidden[k];
    by_hidden[k] = by_features[0] * second[2 * k] + by_features[1] * second[2 * k + 1];
    to_first_shift[k] += by_hidden[k];
  }
  for (let i = 0; i < PIXELS; i++) {
    const ink = image[i];
    if (ink === 0) continue;
    for (let k = 0, at = i * HIDDEN; k < HIDDEN; k++, at++) to_first[at] += ink * by_hidden[k];
  }
}

/** @type {(parameters: Float64Array[], gradients: Float64Array[], velocities: Float64Array[]) => void} */
function descend(parameters, gradients, velocities) {
  parameters.forEach((values, layer) => {
    const [gradient, velocity] = [gradients[layer], velocities[layer]];
    for (let k = 0; k < values.length; k++) {
      velocity[k] = MOMENTUM * velocity[k] + gradient[k];
      values[k] -= RATE * velocity[k];
    }
  });
}
