/** Numbers, areas, sizes and times as text: one format for all components. */

const THIN_SPACE = "\u202f";
const integers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-CA"); // year-month-day

/** @param {string} text @returns {string} with a true minus sign */
export function minus(text) {
  return text.replace(/^-/, "−");
}

/** @param {number} value @returns {string} "12 345" with a thin space */
export function integer(value) {
  return minus(integers.format(Math.round(value)).replaceAll(",", THIN_SPACE));
}

/** @param {number} value @param {number} digits after the point @returns {string} */
export function decimal(value, digits) {
  return minus(value.toFixed(digits));
}

/** @param {number} pixels @returns {string} "12 345 px" */
export function pixelText(pixels) {
  return `${integer(pixels)}${THIN_SPACE}px`;
}

/**
 * An area on the ground.
 *
 * @param {number} pixels @param {number} pixelM side of a pixel, meters @returns {string} "0.42 km²"
 */
export function groundArea(pixels, pixelM) {
  const km2 = (pixels * pixelM * pixelM) / 1e6;
  if (km2 > 0 && km2 < 0.001) return `under 0.001${THIN_SPACE}km²`;
  const figure =
    km2 >= 9.95 ? integer(km2) : km2.toFixed(km2 >= 0.995 || km2 === 0 ? 1 : km2 >= 0.0995 ? 2 : 3);
  return `${figure}${THIN_SPACE}km²`;
}

/** @param {number} bytes @returns {string} in powers of 1024: "1.5 MB" */
export function byteText(bytes) {
  let value = bytes;
  for (const unit of ["B", "kB", "MB"]) {
    if (value < 1024)
      return `${unit === "B" || value >= 100 ? Math.round(value) : value.toFixed(1)}${THIN_SPACE}${unit}`;
    value /= 1024;
  }
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)}${THIN_SPACE}GB`;
}

/** @param {number} count @param {string} noun @param {string} [many] @returns {string} "1 tile", "2 tiles" */
export function plural(count, noun, many = `${noun}s`) {
  return `${integer(count)} ${count === 1 ? noun : many}`;
}

/**
 * A time span in its two largest units, as `seep/core/text.py` writes it.
 *
 * @param {number} seconds @returns {string} "45 s", "3 min 20 s", "1 h 05 min"
 */
export function duration(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${two(whole % 60)} s` : ""}`;
  const minutes = Math.floor((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h${minutes ? ` ${two(minutes)} min` : ""}`;
}

/** @param {string} iso ISO 8601; UTC if it has no zone @returns {number} ms since 1970 */
export function parseTime(iso) {
  return Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
}

/**
 * How long ago a time was, or the UTC time itself from a day on, as `moment` in `seep/ui/formatting.py` writes it.
 *
 * @param {number} then @param {number} now ms since 1970 @returns {string} "5 min ago"
 */
export function relativeTime(then, now) {
  const seconds = (now - then) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${new Date(then).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** @param {string} iso @param {number} now ms since 1970 @returns {string} "14:03" today, else "2026-11-22 14:03" */
export function dateTime(iso, now) {
  const time = new Date(parseTime(iso));
  const today = time.toDateString() === new Date(now).toDateString();
  return today ? clock.format(time) : `${date.format(time)} ${clock.format(time)}`;
}
