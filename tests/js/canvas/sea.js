/** Seas for tests: speckle that is the same at every run, with something dark in it. */

/** @param {number} seed @returns {() => number} evenly spread, 0 to 1 */
export function randoms(seed) {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/** Speckle of four looks, 1 and up; where `inside(x, y)` of a pixel's center it is 0.4 as bright. */
export function drawn(side, seed, inside) {
  const random = randoms(seed);
  for (let i = 0; i < 50; i += 1) random();
  return Uint16Array.from({ length: side * side }, (_, i) => {
    let looks = 0;
    for (let k = 0; k < 4; k += 1) looks -= Math.log(random() || 1e-9);
    const dark = inside((i % side) + 0.5, Math.floor(i / side) + 0.5);
    return 1 + looks * 2000 * (dark ? 0.4 : 1);
  });
}
