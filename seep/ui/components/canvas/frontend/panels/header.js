/** The line above the canvas: which tile, its state, whether it is saved, where in the queue. */
import { isFlagged } from "../controllers/queue.js";
import { queueIndex } from "../queue_order.js";
import { stateOf } from "../../../shared/states.js";
import { saveText, sessionText, sessionLabel, trainingLabel } from "../text.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { iconButton } from "./buttons.js";
import { chip } from "./toolbar.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */

/** @type {Record<string, string>} */
const SCENE_LABELS = { train: "training scene", validation: "validation scene", test: "test scene" };
const SAVE_ICONS = {
  clean: "cloud_done",
  waiting: "sync",
  saving: "sync",
  failed: "error",
  conflict: "call_split",
};

/**
 * @param {(action: string) => void} act @param {(action: string) => string} keyOf
 * @param {() => void} retry try again to save what is not saved
 * @param {(id: number) => void} open go to another tile
 * @param {HTMLElement} comments button that opens the comments
 * @returns {{node: HTMLElement, show: (tile: OpenTile | null, items: import("../types.js").QueueItem[], id: number | null, elsewhere: OpenTile[], sum: import("../types.js").Summary | null) => void}}
 */
export function header(act, keyOf, retry, open, comments) {
  const name = element("strong", { class: "name" });
  const scene = element("span", { class: "faint scene" });
  const note = element("span", { class: "said" });
  const session = element("span", { class: "faint session" });
  const training = element("span", {
    class: "faint training",
    title: "Reviewed tiles of training scenes that no run has used",
  });
  const state = element("span", { class: "state" });
  const saved = element("button", { class: "saved", type: "button", "aria-live": "polite", onclick: retry });
  let unsaved = 0;
  const others = element("button", { class: "others", type: "button", onclick: () => open(unsaved) });
  const place = element("span", { class: "place" });
  const flag = iconButton("flag", "Flag for a second opinion", keyOf("flag"), () => act("flag"));
  const node = element(
    "header",
    { class: "header" },
    name,
    scene,
    state,
    note,
    saved,
    others,
    element("span", { class: "grow" }),
    session,
    training,
    comments,
    flag,
    iconButton("chevron_left", "Previous tile", keyOf("previous"), () => act("previous")),
    place,
    iconButton("chevron_right", "Next tile", keyOf("next"), () => act("next")),
  );
  return {
    node,
    show(tile, items, id, elsewhere, sum) {
      const item = items.find((one) => one.id === id);
      name.textContent = tile?.info.name ?? item?.name ?? "";
      scene.textContent = tile ? sceneText(tile.info) : "";
      const tileState = tile && stateOf(tile.info.state);
      const blind = Boolean(tile?.info.blind);
      updateChildren(state, `${tileState?.key ?? ""}${blind}`, () => [
        ...(tileState ? [chip(tileState.icon, tileState.label.toLowerCase(), tileState.color_dark)] : []),
        ...(blind ? [chip("visibility_off", "blind second mask", "#9fb4d0")] : []),
      ]);
      note.textContent = tile?.info.note ? `“${tile.info.note}”` : "";
      note.title = tile?.info.note ?? "";
      node.classList.toggle("noted", Boolean(tile?.info.note));
      session.textContent = sessionLabel(sum);
      session.title = sessionText(sum);
      training.textContent = trainingLabel(sum);
      const words = tile ? saveText(tile.save, Date.now()) : "";
      node.dataset.saved = tile?.save.status ?? "";
      saved.dataset.status = tile?.save.status ?? "";
      saved.dataset.draft = String(Boolean(tile?.save.draft));
      saved.disabled = tile?.save.status !== "failed";
      saved.title = tile?.save.status === "failed" ? `${words}\nClick to retry now` : "";
      updateChildren(saved, words, () => (tile ? [icon(SAVE_ICONS[tile.save.status]), words] : []));
      const failed = elsewhere.filter(
        (one) => one !== tile && ["failed", "conflict"].includes(one.save.status),
      );
      updateChildren(others, failed.map((one) => one.info.name + one.save.reason).join(), () =>
        failed.length ? [icon("warning"), element("span", {}, unsavedText(failed))] : [],
      );
      unsaved = failed[0]?.id ?? 0;
      others.hidden = !failed.length;
      others.title = failed
        .map((one) => `${one.info.name}: ${one.save.reason || "save conflict"}`)
        .join("\n");
      node.classList.toggle("crowded", failed.length > 0);
      const at = queueIndex(items, id);
      place.textContent = positionText(at, items.length, id !== null);
      flag.setAttribute("aria-pressed", String(tile !== null && isFlagged(tile)));
    },
  };
}

/**
 * @param {number} at place of the tile in the queue from 0, -1 for one that is not in it
 * @param {number} count tiles in the queue @param {boolean} open whether a tile is open
 * @returns {string} "3/12"; "0 left" at the queue's end; "" where there is nothing to say
 */
export function positionText(at, count, open) {
  if (at >= 0) return `${at + 1}/${count}`;
  return open || !count ? "" : "0 left";
}

/** @param {OpenTile[]} failed @returns {string} */
function unsavedText(failed) {
  return failed.length > 1 ? `${failed.length} other tiles not saved` : `Not saved: ${failed[0].info.name}`;
}

/** @param {{name: string, scene: string, split: string}} info @returns {string} the split of its scene, and its scene where the tile's name does not tell it */
export function sceneText({ name, scene, split }) {
  const label = SCENE_LABELS[split] ?? "scene";
  return name.startsWith(scene) ? label : `${label} ${scene}`;
}
