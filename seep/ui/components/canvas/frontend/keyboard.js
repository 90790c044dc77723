/**
 * Maps keys to actions while the canvas or nothing has the focus.
 *
 * It listens on the window in the capture phase, because Streamlit's own shortcuts (r, c) must not fire here.
 */
import { keyName } from "./keys.js";

export class Keyboard {
  /**
   * @param {ShadowRoot | HTMLElement} root @param {(action: string) => void} act
   * @param {(name: string) => boolean} first offered each key while no control has the focus; returns whether it used it
   * @param {Record<string, (held: boolean) => void>} held called when such a key goes down or up; "space" is the key itself
   */
  constructor(root, act, first, held) {
    this.root = root;
    this.act = act;
    this.first = first;
    this.held = held;
    /** @type {Map<string, string>} */
    this.map = new Map();
    this.stop = new AbortController();
    const options = { capture: true, signal: this.stop.signal };
    window.addEventListener("keydown", (event) => this.down(event), options);
    window.addEventListener("keyup", (event) => this.up(event), options);
    window.addEventListener("blur", () => this.release(), options);
  }

  /** @returns {Element | null} our focused element; null if another has the focus */
  focused() {
    const host = this.root instanceof ShadowRoot ? this.root.host : this.root;
    const active = document.activeElement;
    if (active === document.body || active === null) return host;
    if (active !== host && !host.contains(active)) return null;
    return this.root instanceof ShadowRoot ? (this.root.activeElement ?? host) : active;
  }

  /** @param {KeyboardEvent} event @param {Element} focused @returns {boolean} whether the element handles this key itself */
  belongsTo(event, focused) {
    if (focused.closest(".note")) return true;
    if (focused instanceof HTMLSelectElement || focused instanceof HTMLTextAreaElement) return true;
    if (focused instanceof HTMLInputElement && focused.type === "text") return true;
    if (event.ctrlKey || event.metaKey) return false;
    if (focused instanceof HTMLInputElement) {
      return focused.type !== "range" || /^(Arrow|Home|End|Page)/.test(event.key);
    }
    if (focused.role === "slider") return /^(Arrow|Home|End|Page)/.test(event.key);
    return (
      focused.matches("button, summary") && (event.key === " " || (event.key === "Enter" && !event.shiftKey))
    );
  }

  /** @param {KeyboardEvent} event */
  down(event) {
    const focused = this.focused();
    if (!focused || event.key === "Tab" || this.belongsTo(event, focused)) return;
    if (!focused.matches("button, [role=slider]") && this.first(keyName(event))) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const action = this.map.get(keyName(event));
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (action || (plain && event.key.length === 1)) event.stopPropagation();
    if (plain && event.key === " ") {
      event.preventDefault();
      this.held.space(true);
    }
    if (!action) return;
    event.preventDefault();
    if (this.held[action]) this.held[action](true);
    else if (!event.repeat || ["undo", "redo", "smaller", "larger"].includes(action)) this.act(action);
  }

  /** @param {KeyboardEvent} event */
  up(event) {
    if (event.key === " ") this.held.space(false);
    const action = this.map.get(keyName(event)) ?? this.map.get(event.key.toLowerCase());
    if (action) this.held[action]?.(false);
  }

  release() {
    for (const end of Object.values(this.held)) end(false);
  }

  destroy() {
    this.stop.abort();
  }
}
