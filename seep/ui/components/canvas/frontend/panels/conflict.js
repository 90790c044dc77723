/** The panel of a save conflict: my version, theirs, and both merged, side by side. */
import { mergeConflict } from "../conflicts.js";
import { palette } from "../overlay.js";
import { dateTime, plural } from "../../../shared/format.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../types.js").Side} Side */

const PICTURE_PX = 120;
const SAME_ALPHA = 0x60; // pixels that are equal in all versions are fainter
const SIDES = /** @type {[Side, string, string, string, string][]} */ ([
  ["mine", "Mine", "save-mine", "Save mine as newest", "My version becomes the newest one"],
  ["theirs", "Theirs", "keep-theirs", "Keep theirs", "Their version becomes the newest one again"],
  ["both", "Both", "save-both", "Save both", "Merged: each pixel from the version that changed it"],
]);

/**
 * Three versions as buttons with pictures: a click shows that version on the canvas. A button below each saves it.
 * @param {(side: Side, prefer?: "mine" | "theirs") => void} showVersion @param {(side: Side) => void} resolveConflict
 * @returns {{node: HTMLElement, show: (tile: OpenTile | null, classes: import("../types.js").SeepClass[], shown: Side) => void}}
 */
export function conflictPanel(showVersion, resolveConflict) {
  const words = element("p");
  const pictures = /** @type {Record<Side, HTMLCanvasElement>} */ ({});
  const columns = SIDES.map(([side, word, test, label, tip]) => {
    pictures[side] = element("canvas", { width: PICTURE_PX, height: PICTURE_PX, "aria-hidden": "true" });
    const view = element(
      "button",
      { type: "button", "data-side": side, onclick: () => showVersion(side) },
      pictures[side],
      word,
    );
    const look = side === "mine" ? "action primary" : "action";
    const save = element(
      "button",
      { type: "button", class: look, "data-testid": test, title: tip, onclick: () => resolveConflict(side) },
      label,
    );
    return { side, view, save, node: element("div", { class: "version" }, view, save) };
  });
  const prefer = ["mine", "theirs"].map((side) =>
    element(
      "button",
      {
        type: "button",
        "data-prefer": side,
        onclick: () => showVersion("both", /** @type {"mine" | "theirs"} */ (side)),
      },
      side === "mine" ? "Mine" : "Theirs",
    ),
  );
  const count = element("span");
  const choice = element(
    "div",
    { class: "choice", role: "group", "aria-label": "Version used where both changed" },
    ...prefer,
  );
  const contested = element("div", { class: "row", hidden: true }, count, choice);
  const node = element(
    "section",
    {
      class: "conflict",
      role: "alertdialog",
      "aria-label": "Save conflict: a newer version exists",
      hidden: true,
    },
    element("h2", {}, icon("call_split"), "Save conflict: a newer version exists"),
    words,
    element(
      "div",
      { class: "versions", role: "group", "aria-label": "Version shown" },
      ...columns.map((one) => one.node),
    ),
    contested,
    element("p", { class: "faint" }, "All versions stay in the history and can be restored."),
  );
  return {
    node,
    show(tile, classes, shown) {
      node.hidden = !tile?.conflict;
      if (!tile?.conflict) return;
      const { author, at, theirs, prefer: side, revision } = tile.conflict;
      const who = author === tile.author ? `${author} (you, in another window)` : author;
      words.textContent = `${who} saved a version at ${dateTime(at, Date.now())}, after you opened the tile.`;
      for (const one of columns) {
        one.view.setAttribute("aria-pressed", String(one.side === shown));
        one.save.disabled = one.side === "both" && theirs === null;
      }
      for (const one of prefer) one.setAttribute("aria-pressed", String(one.dataset.prefer === side));
      updateChildren(count, `${tile.id} ${revision} ${tile.save.version} ${side} ${theirs !== null}`, () => {
        const merged = mergeConflict(tile);
        contested.hidden = !merged.contested;
        if (theirs)
          draw(
            pictures,
            tile,
            { mine: tile.annotation, theirs, both: merged.mask },
            palette(classes, new Set()),
          );
        return [`Where both changed (${plural(merged.contested, "pixel")}), use`];
      });
    },
  };
}

/**
 * Draw the versions in the colors of their classes.
 * @param {Record<Side, HTMLCanvasElement>} pictures @param {OpenTile} tile
 * @param {Record<Side, Uint8Array>} masks @param {Uint32Array} colors
 */
function draw(pictures, { info: { width, height } }, masks, colors) {
  const scale = Math.max(width, height) / PICTURE_PX;
  for (const [side] of SIDES) {
    const context = pictures[side].getContext("2d");
    if (!context) continue;
    const picture = context.createImageData(PICTURE_PX, PICTURE_PX);
    const pixels = new Uint32Array(picture.data.buffer);
    for (let y = 0; y * scale < height && y < PICTURE_PX; y += 1) {
      for (let x = 0; x * scale < width && x < PICTURE_PX; x += 1) {
        const at = Math.floor(y * scale) * width + Math.floor(x * scale);
        const color = colors[masks[side][at]];
        const same = masks.mine[at] === masks.theirs[at];
        pixels[y * PICTURE_PX + x] = color && same ? ((color & 0xffffff) | (SAME_ALPHA << 24)) >>> 0 : color;
      }
    }
    context.putImageData(picture, 0, 0);
  }
}
