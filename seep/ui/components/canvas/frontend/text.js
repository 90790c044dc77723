/** Words on the screen: times, states, what the save line says. */

/** @typedef {import("./types.js").OpenTile} OpenTile */

/**
 * How long ago, as one says it.
 * @param {number} then @param {number} now ms since 1970
 * @returns {string}
 */
export function ago(then, now) {
  const seconds = Math.max(Math.round((now - then) / 1000), 0);
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(then).toLocaleDateString();
}

/** @param {string} iso ISO 8601; without a zone it is UTC @returns {number} ms since 1970 */
export function instant(iso) {
  return Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
}

/** @param {string} iso @param {number} now @returns {string} "14:03" today, else with the date */
export function moment(iso, now) {
  const time = new Date(instant(iso));
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  return time.toDateString() === new Date(now).toDateString() ? clock : `${time.toLocaleDateString()} ${clock}`;
}

/** @param {number} count @param {string} one @returns {string} "1 tile", "2 tiles" */
export function plural(count, one) {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/**
 * What the save line says.
 * @param {import("./types.js").SaveState} save @param {number} now ms since 1970
 * @returns {string}
 */
export function saveText(save, now) {
  if (save.status === "failed") return `not saved: ${save.reason} (kept in this browser)`;
  if (save.status === "conflict") return "not saved: another version came between";
  if (save.status === "saving" || save.status === "waiting") return "saving";
  return save.at === null ? "no changes" : `saved ${ago(save.at, now)}`;
}

/** @param {string} figure of one number @returns {string} with a true minus sign, as on the pages */
export function minus(figure) {
  return figure.replace(/^-/, "−");
}

/** @param {number} value @returns {string} raw values short enough to read */
export function number(value) {
  if (Number.isInteger(value)) return minus(String(value));
  return minus(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4));
}

export const REVISION_KINDS = /** @type {Record<string, string>} */ ({
  import: "imported",
  save: "saved",
  accept: "accepted",
  restore: "restored",
  join: "painted on a neighbor",
});

/** @param {number} areaPx @param {number | null | undefined} pixelM side of a pixel, meters @returns {string} "0.42 km²", "" where unknown */
export function areaText(areaPx, pixelM) {
  if (!pixelM) return "";
  const km2 = (areaPx * pixelM * pixelM) / 1e6;
  return `${km2 >= 100 ? km2.toFixed(0) : km2.toPrecision(2)} km²`;
}

/** @param {import("./types.js").Summary | null} sum @returns {string} the session in a line, "" where nothing is done */
export function sessionLabel(sum) {
  if (!sum?.tiles) return "";
  return `${plural(sum.tiles, "tile")} · ${sum.minutes} min`;
}

/** @param {import("./types.js").Summary | null} sum @returns {string} the session in a sentence */
export function sessionText(sum) {
  if (!sum?.tiles) return "";
  const parts = /** @type {const} */ (["accepted", "corrected", "rejected", "flagged"]);
  const counts = parts.filter((part) => sum[part]).map((part) => `${sum[part]} ${part}`);
  const slicks = `${plural(sum.slicks_changed, "slick")} changed`;
  return `This session: ${[plural(sum.tiles, "tile"), ...counts, slicks, `${sum.minutes} min`].join(", ")}.`;
}
