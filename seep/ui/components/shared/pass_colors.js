/** Colors of passes by date: from blue over green to yellow, readable on dark gray and with color blindness. */

const STOPS = [
  [86, 120, 214],
  [52, 152, 190],
  [45, 178, 140],
  [125, 200, 90],
  [214, 214, 70],
  [250, 175, 60],
];

/** @param {number} index of the pass, from 0 @param {number} count @returns {string} "rgb(r g b)" */
export function passColor(index, count) {
  const at = (count > 1 ? index / (count - 1) : 0.5) * (STOPS.length - 1);
  const low = Math.min(Math.floor(at), STOPS.length - 2);
  const from = STOPS[low] ?? [0, 0, 0];
  const to = STOPS[low + 1] ?? from;
  return `rgb(${from.map((value, i) => Math.round(value + ((to[i] ?? value) - value) * (at - low))).join(" ")})`;
}
