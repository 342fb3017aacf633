/**
 * The random numbers of torch on a CPU, and the order in which `lossnb.training.fit` takes the
 * samples: with them a training here is the very run that Python makes from the same seed.
 */

/**
 * The Mersenne Twister of Matsumoto and Nishimura (1998), as 32 bits at a time.
 * @param {number} seed
 * @returns {() => number}
 */
export function mersenne_twister(seed) {
  const words = new Uint32Array(624);
  words[0] = seed;
  for (let i = 1; i < 624; i++) {
    words[i] = Math.imul(1812433253, words[i - 1] ^ (words[i - 1] >>> 30)) + i;
  }
  let next = 624;
  return () => {
    if (next === 624) {
      for (let i = 0; i < 624; i++) {
        const joined = (words[i] & 0x80000000) | (words[(i + 1) % 624] & 0x7fffffff);
        words[i] = words[(i + 397) % 624] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      }
      next = 0;
    }
    let y = words[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/**
 * Numbers between -bound and bound, each from 53 random bits: the first weights of a layer.
 * @type {(random: () => number, count: number, bound: number) => Float64Array}
 */
export const uniform = (random, count, bound) =>
  Float64Array.from({ length: count }, () => {
    const high = random() & 0x1fffff;
    return ((high * 2 ** 32 + random()) / 2 ** 53) * 2 * bound - bound;
  });

/** torch.randperm. @type {(random: () => number, count: number) => number[]} */
export function permutation(random, count) {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count - 1; i++) {
    const j = i + (random() % (count - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** @type {(seed: number, epoch: number, count: number) => number[]} */
export const shuffled = (seed, epoch, count) =>
  permutation(mersenne_twister(seed_of(seed, epoch)), count);

/**
 * One seed from two: the first word of numpy.random.SeedSequence([a, b]) (O'Neill's seed_seq).
 * @type {(a: number, b: number) => number}
 */
export function seed_of(a, b) {
  let factor = 0x43b0d7e5;
  const hashed = (/** @type {number} */ value, /** @type {number} */ multiplier) => {
    const mixed = value ^ factor;
    factor = Math.imul(factor, multiplier);
    const product = Math.imul(mixed, factor);
    return product ^ (product >>> 16);
  };
  const pool = [a, b, 0, 0].map((value) => hashed(value, 0x931e8875));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const other = Math.imul(0x4973f715, hashed(pool[from], 0x931e8875));
      const mixed = Math.imul(0xca01f9dd, pool[to]) - other;
      pool[to] = mixed ^ (mixed >>> 16);
    }
  }
  factor = 0x8b51f9dd;
  return hashed(pool[0], 0x58f38ded) >>> 0;
}
