/**
 * Scales: what the grays run along between the two ends of the window. For the eye only.
 *
 * A digital number (unit "dn") is taken as an amplitude, as detected SAR products store it: 20 log10. Linear
 * backscatter ("linear") is a power: 10 log10. Decibels ("db") stay as they are, and their root is the amplitude.
 */

/** @typedef {"raw" | "decibel" | "root"} Scale */
/** @typedef {"dn" | "linear" | "db"} Unit */

const DEEPEST = 1e-4; // of the window's upper end: no logarithm of less, 80 dB below it as an amplitude

/**
 * @param {number} value raw @param {Unit} unit
 * @returns {number | null} decibels; null where there are none (0 and below)
 */
export function decibels(value, unit) {
  if (unit === "db") return value;
  return value > 0 ? (unit === "linear" ? 10 : 20) * Math.log10(value) : null;
}

/**
 * The curve of a scale over a window, growing.
 * @param {Scale} scale @param {Unit} unit @param {number} high upper end of the window, raw
 * @returns {((value: number) => number) | null} null: straight
 */
export function curveOf(scale, unit, high) {
  if (scale === "raw" || (scale === "decibel" && unit === "db")) return null;
  if (scale === "root")
    return unit === "db" ? (value) => 10 ** (value / 20) : (value) => Math.sqrt(Math.max(value, 0));
  const least = Math.max(high * DEEPEST, 1e-12);
  return (value) => Math.log10(Math.max(value, least));
}
