/** What is under the pointer: x, y, raw value, decibels, class, probability; every part keeps its place. */
import { UNSURE, UNSURE_CLASS } from "../types.js";
import { decibels } from "../view/scales.js";
import { decimal } from "../../../shared/format.js";
import { rawText } from "../text.js";
import { element } from "../../../shared/dom.js";

/** @returns {{node: HTMLElement, show: (editor: import("../editor.js").Editor, at: import("../types.js").Point | null, classes: import("../types.js").SeepClass[]) => void, showPen: (pressed: boolean) => void}} */
export function readout() {
  const place = element("span", { class: "place" });
  const raw = element("span", { class: "raw" });
  const db = element("span", { class: "db" });
  const swatch = element("i");
  const name = element("span", { class: "what" });
  const likely = element("span", { class: "likely" });
  const zoom = element("span", { class: "zoom" });
  const pen = element("span", { class: "pen" });
  const node = element(
    "div",
    { class: "readout", "aria-hidden": "true" },
    pen,
    place,
    raw,
    db,
    swatch,
    name,
    likely,
    zoom,
  );
  // Once a frame: what stays the same is left alone, so that nothing is laid out again.
  const put = (/** @type {HTMLElement} */ part, /** @type {string} */ text) => {
    if (part.textContent !== text) part.textContent = text;
  };
  return {
    node,
    showPen: (pressed) => put(pen, pressed ? "Pen down" : ""),
    show(editor, at, classes) {
      const { tile } = editor;
      node.hidden = !tile;
      put(zoom, tile?.view ? `${Math.round(tile.view.scale * 100)} %` : "");
      const values = valuesAt(editor, at, classes);
      node.classList.toggle("outside", !values);
      if (!values) return;
      put(place, values.place);
      put(raw, values.raw);
      put(db, values.db);
      put(likely, values.likely);
      put(name, values.name);
      swatch.style.backgroundColor = values.color;
    },
  };
}

/**
 * @param {import("../editor.js").Editor} editor @param {import("../types.js").Point | null} at
 * @param {import("../types.js").SeepClass[]} classes
 * @returns {{place: string, raw: string, db: string, name: string, likely: string, color: string} | null} null outside of the tile
 */
function valuesAt({ tile, shownMask, shownPass }, at, classes) {
  const x = Math.floor(at?.x ?? -1);
  const y = Math.floor(at?.y ?? -1);
  if (!tile || !shownMask || x < 0 || y < 0 || x >= tile.info.width || y >= tile.info.height) return null;
  const i = y * tile.info.width + x;
  if (shownPass)
    return { place: `x ${x}  y ${y}`, raw: "", db: "", likely: "", name: "", color: "transparent" };
  const value = tile.pixels[i];
  const valid = value !== tile.info.nodata && Number.isFinite(value);
  const unit = tile.info.unit ?? "dn";
  const decibel = valid && unit !== "db" ? decibels(value, unit) : null;
  const id = shownMask[i];
  const one = classes.find((other) => other.id === id);
  return {
    place: `x ${x}  y ${y}`,
    raw: !valid
      ? "No data"
      : unit === "dn"
        ? `DN ${rawText(value)}`
        : `${rawText(value)}${unit === "db" ? " dB" : ""}`,
    db: decibel === null ? "" : `${decimal(decibel, 1)} dB${unit === "dn" ? " uncalibrated" : ""}`,
    likely: tile.probability ? `p ${(tile.probability[i] / 255).toFixed(2)}` : "",
    name: id === UNSURE ? UNSURE_CLASS.name : (one?.name ?? `Class ${id}`),
    color: id ? (one?.color ?? UNSURE_CLASS.color) : "transparent",
  };
}

/**
 * The readout as one sentence for screen readers.
 * @param {import("../editor.js").Editor} editor @param {import("../types.js").Point} at
 * @param {import("../types.js").SeepClass[]} classes @returns {string}
 */
export function readoutText(editor, at, classes) {
  const values = valuesAt(editor, at, classes);
  if (!values) return "";
  const { place, raw, db, name, likely } = values;
  return [place.replace("  ", ", "), name, raw, db, likely].filter(Boolean).join(", ");
}
