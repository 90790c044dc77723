/** The table of keyboard shortcuts on Settings. A key that is in use is refused. */
import { keyName, keysOf, keyLabel } from "../keys.js";
import { element } from "../../../shared/dom.js";
import { groups, keyConflict, isModifierOnly, withKey } from "./rules.js";
import { STYLE } from "./style.js";

/**
 * @typedef {object} Data
 * @property {Record<string, string>} keys that the person has changed
 * @property {import("../types.js").SeepClass[]} classes
 */
/**
 * @typedef {object} Component
 * @property {Data} data
 * @property {ShadowRoot | HTMLElement} parentElement
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */

/** @type {WeakMap<object, Table>} */
const tables = new WeakMap();

class Table {
  /** @param {ShadowRoot | HTMLElement} root */
  constructor(root) {
    /** @type {Data} */
    this.data = { keys: {}, classes: [] };
    /** @type {(keys: Record<string, string>) => void} */
    this.save = () => {};
    /** The action that waits for its key. */
    this.asking = "";
    this.said = element("p", { role: "status", class: "said" });
    this.reset = element("button", { type: "button", onclick: () => this.keep({}) }, "Reset all keys");
    this.body = element("div", { class: "groups" });
    this.node = element(
      "div",
      { class: "keys" },
      this.body,
      element("div", { class: "foot" }, this.reset, this.said),
    );
    this.node.addEventListener("keydown", (event) => this.press(event));
    this.node.addEventListener("focusout", () => this.ask(""));
    root.replaceChildren(element("style", {}, STYLE), this.node);
  }

  /** @param {Data} data */
  update(data) {
    this.data = data;
    this.show();
  }

  show() {
    const keys = keysOf(this.data.keys);
    this.reset.disabled = !Object.keys(this.data.keys).length;
    const focused = /** @type {HTMLElement | null} */ (this.node.querySelector(":focus"))?.dataset.action;
    this.body.replaceChildren(
      ...groups().map(([title, rows]) =>
        element(
          "section",
          {},
          element("h3", {}, title),
          ...rows.map(([action, words]) => this.row(action, words, keys[action])),
        ),
      ),
    );
    if (focused)
      /** @type {HTMLElement | null} */ (this.node.querySelector(`[data-action="${focused}"]`))?.focus();
  }

  /** @param {string} action @param {string} words @param {string[]} keys @returns {HTMLElement} */
  row(action, words, keys) {
    const text = this.asking === action ? "Press a key" : keys.map(keyLabel).join(" or ");
    const label = `${text}: ${words}. Press Enter to change.`;
    const set = element(
      "button",
      { type: "button", class: "key", "data-action": action, "aria-label": label },
      text,
    );
    set.setAttribute("aria-pressed", String(this.asking === action));
    set.addEventListener("click", () => this.ask(action));
    const back = element(
      "button",
      { type: "button", class: "back", "aria-label": `Default key for ${words}` },
      "Default",
    );
    back.addEventListener("click", () => this.keep(withKey(this.data.keys, action, null)));
    back.hidden = !(action in this.data.keys);
    return element("div", { class: "row" }, element("span", {}, words), back, set);
  }

  /** @param {string} action that waits for its key from now on, "" for none */
  ask(action) {
    if (this.asking === action) return;
    this.asking = action;
    for (const one of /** @type {NodeListOf<HTMLElement>} */ (this.node.querySelectorAll(".key"))) {
      const asked = one.dataset.action === action;
      if (asked) one.textContent = "Press a key";
      else one.textContent = keysOf(this.data.keys)[one.dataset.action ?? ""].map(keyLabel).join(" or ");
      one.setAttribute("aria-pressed", String(asked));
    }
    if (action) this.said.textContent = "Press the new key, or Tab to keep the current one.";
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const action = this.asking;
    event.stopPropagation(); // Streamlit's own shortcuts are letters
    if (!action || event.key === "Tab") return;
    event.preventDefault();
    const combo = keyName(event);
    if (isModifierOnly(combo)) return;
    const why = keyConflict(action, combo, this.data.keys, this.data.classes);
    this.said.textContent = why || `Saved: ${keyLabel(combo)}.`;
    this.said.classList.toggle("bad", Boolean(why));
    if (!why) this.keep(withKey(this.data.keys, action, combo));
  }

  /** @param {Record<string, string>} keys */
  keep(keys) {
    this.asking = "";
    this.data = { ...this.data, keys };
    this.show();
    this.save(keys);
  }
}

/** @param {Component} component @returns {() => void} */
export default function draw({ data, parentElement, setTriggerValue }) {
  const table = tables.get(parentElement) ?? new Table(parentElement);
  tables.set(parentElement, table);
  table.save = (keys) => setTriggerValue("keys", keys);
  table.update(data);
  return () => tables.delete(parentElement);
}
