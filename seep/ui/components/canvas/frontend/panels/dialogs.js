/** Panels over the canvas: notices, the save conflict, the table of shortcuts, and the placeholder without a tile. */
import { SHEET } from "../keys.js";
import { sessionText } from "../text.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { iconButton } from "./buttons.js";
import { aboutSeeps, worded } from "../../../shared/words.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */

/**
 * A message with up to two buttons. A notice stays until the analyst closes it; a hint closes at the next edit or choice.
 * `data-message` holds the kinds of what it says, separated by spaces.
 * @returns {{node: HTMLElement, show: (kind: string, text: string, actions?: [string, () => void][], onClose?: () => void) => void, showHint: (kind: string, text: string) => void, closeHint: () => void, close: () => void}} onClose: called when the analyst closes it
 */
export function notice() {
  const node = element("div", { class: "notice", role: "status", hidden: true });
  let isHint = false;
  const close = () => {
    node.hidden = true;
  };
  return {
    node,
    close,
    showHint(kind, text) {
      this.show(kind, text);
      isHint = true;
    },
    closeHint() {
      if (isHint) close();
    },
    show(kind, text, actions = [], onClose = () => {}) {
      isHint = false;
      node.dataset.message = kind;
      const done = () => (close(), onClose());
      const buttons = actions.map(([word, action]) =>
        element("button", { type: "button", class: "action quiet", onclick: () => (done(), action()) }, word),
      );
      node.replaceChildren(icon("info"), text, ...buttons, iconButton("close", "Close", "", done));
      node.hidden = false;
    },
  };
}

/**
 * @param {(action: string) => string} keyOf
 * @returns {{node: HTMLDialogElement, toggle: () => void}}
 */
export function keySheet(keyOf) {
  const row = (/** @type {string} */ key, /** @type {string} */ words) =>
    element("div", { class: "keyrow" }, element("kbd", {}, key), words);
  const groups = SHEET.map(([title, rows]) =>
    element(
      "div",
      {},
      element("h3", {}, title),
      ...rows
        .filter(([action]) => aboutSeeps() || !["keepWide", "removeWide"].includes(action))
        .map(([action, words]) => row(keyOf(action), worded(words))),
    ),
  );
  groups[0].append(row("0 to 9", "Select class; 0 is background"), row("Drag", "Paint; right-drag erases"));
  groups[1].append(row("Wheel", "Zoom at the pointer"), row("Space-drag", "Pan (or middle-drag)"));
  const node = element("dialog", { class: "sheet", "aria-label": "Keyboard shortcuts" });
  const close = iconButton("close", "Close", "", () => node.close());
  node.append(
    element("h2", {}, "Keyboard shortcuts", element("span", { class: "grow" }), close),
    element("div", { class: "columns" }, ...groups),
  );
  node.addEventListener("click", (event) => event.target === node && node.close());
  return { node, toggle: () => (node.open ? node.close() : node.showModal()) };
}

/** @typedef {"loading" | "failed" | "missing" | "empty" | "done" | "ready"} Stage */

const STAGE_MESSAGES = /** @type {Record<string, string>} */ ({
  missing: "tile-missing",
  failed: "tile-failed",
  empty: "queue-empty",
  done: "queue-finished",
});

/**
 * The placeholder of the canvas while no tile is open.
 * @param {(action: string) => void} act
 * @returns {{node: HTMLElement, show: (stage: Stage, detail: string) => void, sum: (sum: import("../types.js").Summary | null) => void}}
 */
export function placeholder(act) {
  const session = element("p", { class: "session" });
  const node = element("div", { class: "placeholder" });
  const words = /** @type {Record<string, [string, string, string, string]>} */ ({
    missing: ["search_off", "Tile not found", "Open the queue", "queue"],
    failed: ["broken_image", "The tile could not be opened", "Try again", "retry"],
    empty: ["inbox", "The queue is empty", "Refresh the queue", "refresh"],
    done: ["done_all", "Queue finished", "Refresh the queue", "refresh"],
  });
  return {
    node,
    show(stage, detail) {
      node.hidden = stage === "ready";
      node.dataset.stage = stage;
      node.dataset.message = STAGE_MESSAGES[stage] ?? "";
      node.setAttribute("role", ["failed", "missing"].includes(stage) ? "alert" : "status");
      updateChildren(node, stage + detail, () => {
        if (stage === "loading")
          return [element("div", { class: "skeleton", role: "img", "aria-label": "Loading the tile" })];
        if (stage === "ready") return [];
        const [symbol, title, button, action] = words[stage];
        const go = { type: "button", class: "action primary", onclick: () => act(action) };
        const first = element("button", go, button);
        const other = { type: "button", class: "action quiet", onclick: () => act("queue") };
        const buttons = stage === "failed" ? [first, element("button", other, "Open the queue")] : [first];
        const row = element("div", { class: "row" }, ...buttons);
        return [
          icon(symbol),
          element("h2", {}, title),
          element("p", {}, detail),
          stage === "done" && session,
          row,
        ];
      });
    },
    sum: (sum) => void (session.textContent = sessionText(sum)),
  };
}

/**
 * Shown while a slow edit is computed.
 * @param {import("../editor.js").Editor} editor @param {(action: string) => string} keyOf
 * @returns {{node: HTMLElement, show: (next: string) => void}} next: the actions that run afterward, "" for none
 */
export function progressPanel(editor, keyOf) {
  const spinner = element("i", { class: "spinner", "aria-hidden": "true" });
  const node = element("div", { class: "working", role: "status", hidden: true });
  return {
    node,
    show(next) {
      node.hidden = !editor.pendingEdit && !next;
      const then = next ? ` Then: ${next}.` : "";
      if (!node.hidden)
        node.replaceChildren(
          spinner,
          `Computing the edit…${then}`,
          element("kbd", {}, keyOf("cancel")),
          "cancels",
        );
    },
  };
}
