/**
 * The note of a flag or a rejection, and the reason of a rejection; both optional. Enter sends, a click on a reason or its
 * digit rejects, Escape cancels the decision.
 */
import { element, updateChildren } from "../../../shared/dom.js";

const LONGEST = 500;
const WORDS = {
  flag: {
    title: "Flag for a second opinion",
    hint: "Question for the second reviewer (optional)",
    send: "Flag",
  },
  reject: { title: "Reject the tile", hint: "Note (optional)", send: "Reject and next" },
};

/** @typedef {keyof typeof WORDS} Decision */

/**
 * @param {(decision: Decision, note: string, reason?: string) => void} decided
 * @returns {{node: HTMLElement, reasons: string[], ask: (decision: Decision) => void, close: () => void}}
 */
export function notePanel(decided) {
  let decision = /** @type {Decision} */ ("flag");
  const input = element("input", { type: "text", maxLength: LONGEST, autocomplete: "off" });
  const send = element("button", { type: "submit", class: "action primary" });
  const cancel = element("button", { type: "button", class: "action quiet" }, "Cancel");
  const list = element("div", { class: "reasons", role: "group", "aria-label": "Reason" });
  const node = element(
    "form",
    { class: "card note", role: "dialog", hidden: true },
    list,
    input,
    send,
    cancel,
  );
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
    finish("");
  });
  const finish = (/** @type {string} */ reason) => {
    const note = input.value.trim();
    leave();
    decided(decision, note, reason);
  };
  const button = (/** @type {string} */ reason, /** @type {number} */ index) =>
    element(
      "button",
      { type: "button", class: "action quiet", onclick: () => finish(reason) },
      element("kbd", {}, String(index + 1)),
      reason[0].toUpperCase() + reason.slice(1),
    );
  // Streamlit's own shortcuts are letters: what is typed here must not reach them.
  node.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") leave();
    if (event.target === input || list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key))
      /** @type {HTMLElement | undefined} */ (list.children[Number(event.key) - 1])?.click();
    else if (/^[^ \d]$/.test(event.key)) input.focus(); // the key is typed there
  });
  return {
    node,
    reasons: [],
    close,
    ask(what) {
      decision = what;
      const { title, hint, send: word } = WORDS[what];
      node.setAttribute("aria-label", title);
      input.placeholder = hint;
      input.setAttribute("aria-label", hint);
      send.textContent = word;
      updateChildren(list, this.reasons.join(), () => this.reasons.map(button));
      list.hidden = what !== "reject";
      node.hidden = false;
      (list.hidden ? input : send).focus();
    },
  };
}
