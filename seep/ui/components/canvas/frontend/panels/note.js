/** The note of a flag or a rejection; optional. Enter sends, Escape cancels the decision. */
import { element } from "../../../shared/dom.js";

const LONGEST = 500;
const WORDS = {
  flag: {
    title: "Flag for a second opinion",
    hint: "Question for the second reviewer (optional)",
    send: "Flag",
  },
  reject: { title: "Reject the tile", hint: "Reason (optional)", send: "Reject and next" },
};

/** @typedef {keyof typeof WORDS} Decision */

/**
 * @param {(decision: Decision, note: string) => void} decided
 * @returns {{node: HTMLElement, ask: (decision: Decision) => void, close: () => void}}
 */
export function notePanel(decided) {
  let decision = /** @type {Decision} */ ("flag");
  const input = element("input", { type: "text", maxLength: LONGEST, autocomplete: "off" });
  const send = element("button", { type: "submit", class: "action primary" });
  const cancel = element("button", { type: "button", class: "action quiet" }, "Cancel");
  const node = element("form", { class: "card note", role: "dialog", hidden: true }, input, send, cancel);
  const close = () => {
    node.hidden = true;
    input.value = "";
  };
  const leave = () => {
    close();
    /** @type {HTMLElement | null} */ (node.closest(".review"))?.focus({ preventScroll: true });
  };
  cancel.addEventListener("click", leave);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const note = input.value.trim();
    leave();
    decided(decision, note);
  });
  // Streamlit's own shortcuts are letters: what is typed here must not reach them.
  node.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") leave();
  });
  return {
    node,
    close,
    ask(what) {
      decision = what;
      const { title, hint, send: word } = WORDS[what];
      node.setAttribute("aria-label", title);
      input.placeholder = hint;
      input.setAttribute("aria-label", hint);
      send.textContent = word;
      node.hidden = false;
      input.focus();
    },
  };
}
