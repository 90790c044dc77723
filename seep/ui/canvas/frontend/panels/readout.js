/** What is under the pointer: x, y, raw value, decibels, class, probability; every part keeps its place. */
import { UNSURE } from "../types.js";
import { decibels } from "../view/scales.js";
import { number } from "../words.js";
import { element } from "./dom.js";

/** @returns {{node: HTMLElement, show: (editor: import("../editor.js").Editor, at: import("../types.js").Point | null, classes: import("../types.js").SeepClass[]) => void}} */
export function readout() {
  const place = element("span", { class: "place" });
  const raw = element("span", { class: "raw" });
  const db = element("span", { class: "db" });
  const swatch = element("i");
  const name = element("span", { class: "what" });
  const likely = element("span", { class: "likely" });
  const zoom = element("span", { class: "zoom" });
  const node = element("div", { class: "readout", "aria-hidden": "true" }, place, raw, db, swatch, name, likely, zoom);
  return {
    node,
    show({ tile, shown }, at, classes) {
      node.hidden = !tile;
      zoom.textContent = tile?.view ? `${Math.round(tile.view.scale * 100)} %` : "";
      const x = Math.floor(at?.x ?? -1);
      const y = Math.floor(at?.y ?? -1);
      const inside = tile && shown && x >= 0 && y >= 0 && x < tile.info.width && y < tile.info.height;
      node.classList.toggle("outside", !inside);
      place.textContent = inside ? `x ${x}  y ${y}` : "";
      for (const one of [raw, db, likely]) one.textContent = "";
      name.textContent = "";
      swatch.style.backgroundColor = "transparent";
      if (!inside) return;
      const value = tile.pixels[y * tile.info.width + x];
      const valid = value !== tile.info.nodata && Number.isFinite(value);
      const unit = tile.info.unit ?? "dn";
      const decibel = valid && unit !== "db" ? decibels(value, unit) : null;
      raw.textContent = !valid ? "no data" : unit === "dn" ? `DN ${number(value)}` : `${number(value)}${unit === "db" ? " dB" : ""}`;
      db.textContent = decibel === null ? "" : `${decibel.toFixed(1)} dB`;
      const probability = tile.probability?.[y * tile.info.width + x];
      likely.textContent = probability === undefined ? "" : `p ${(probability / 255).toFixed(2)}`;
      const id = shown[y * tile.info.width + x];
      const one = classes.find((other) => other.id === id);
      name.textContent = id === UNSURE ? "Unsure" : (one?.name ?? `class ${id}`);
      if (id) swatch.style.backgroundColor = one?.colour ?? "#8f8f95";
    },
  };
}
