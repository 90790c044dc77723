/** Comments on the open tile: a button with their number, a card with the threads and a form, and pins on the image. */
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { dateTime, plural } from "../../../shared/format.js";

/** @typedef {import("../types.js").Comment} Comment */
/** @typedef {import("../types.js").Point} Point */
/**
 * @typedef {object} CommentHandlers
 * @property {(text: string, at: Point | null, replyTo: number | null) => Promise<boolean>} send true if it is kept
 * @property {(comment: Comment, resolved: boolean) => void} resolve
 * @property {(arm: boolean) => Point | null} point take a point: the keyboard cursor's at once, else the next click
 */

const LONGEST = 2000;

/** @param {CommentHandlers} on */
export function commentPanel(on) {
  const count = element("span", { class: "count" });
  const button = element(
    "button",
    { type: "button", class: "tool talk", "aria-expanded": "false", onclick: () => toggle() },
    icon("chat_bubble"),
    count,
  );
  const pins = element("div", { class: "pins" });
  const list = element("ol", { class: "threads" });
  const input = element("textarea", { rows: 2, maxLength: LONGEST });
  const where = element("button", {
    type: "button",
    class: "action quiet",
    onclick: () => (replyTo === null ? choosePoint() : reply(null)),
  });
  const send = element("button", { type: "submit", class: "action primary" }, "Comment");
  const form = element("form", {}, input, element("div", { class: "row" }, where, send));
  const close = element(
    "button",
    { type: "button", class: "tool", "aria-label": "Close comments", onclick: () => toggle(false) },
    icon("close"),
  );
  const head = element("h2", {}, "Comments", close);
  const card = element(
    "section",
    { class: "card comments", "aria-label": "Comments", hidden: true },
    head,
    list,
    form,
  );
  /** @type {Comment[]} */
  let shown = [];
  /** The thread that is replied to. @type {number | null} */
  let replyTo = null;
  /** @type {Point | null} */
  let at = null;
  let armed = false;
  let readOnly = false;
  // Keys typed here must not reach the canvas or Streamlit, and a click must keep the focus here.
  card.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") toggle(false);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  card.addEventListener("click", (event) => event.stopPropagation());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text || send.disabled) return;
    send.disabled = true;
    if (await on.send(text, at, replyTo)) reset();
    send.disabled = false;
  });

  function toggle(open = card.hidden) {
    if (!open) disarm();
    card.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    const review = /** @type {HTMLElement | null} */ (card.closest(".review"));
    if (open) input.focus();
    else review?.focus({ preventScroll: true });
  }

  function disarm() {
    armed = false;
    on.point(false);
    render();
  }

  function choosePoint() {
    if (at || armed) {
      at = null;
      return disarm();
    }
    at = on.point(true);
    armed = !at;
    render();
  }

  function reset() {
    input.value = "";
    [at, replyTo] = [null, null];
    disarm();
  }

  /** @param {number | null} thread */
  function reply(thread) {
    replyTo = thread;
    at = null;
    disarm();
    input.focus();
  }

  function render() {
    const label = replyTo === null ? "Comment; @name mentions a person" : "Reply; @name mentions a person";
    input.placeholder = label;
    input.setAttribute("aria-label", label);
    send.textContent = replyTo === null ? "Comment" : "Reply";
    where.textContent =
      replyTo !== null
        ? "Cancel"
        : at
          ? `At ${Math.floor(at.x)}, ${Math.floor(at.y)} ×`
          : armed
            ? "Click on the image"
            : "Set point";
    const threads = shown.filter((one) => one.parent_id === null);
    const open = threads.filter((one) => !one.resolved_at);
    count.textContent = open.length ? String(open.length) : "";
    button.title = open.length ? plural(open.length, "open comment") : "Comments";
    button.setAttribute("aria-label", button.title);
    updateChildren(list, JSON.stringify([shown, replyTo, readOnly]), () =>
      threads.map((one) => thread(one, threads.indexOf(one) + 1)),
    );
    updateChildren(pins, JSON.stringify(open.map((one) => [one.id, one.x, one.y])), () =>
      open.filter((one) => one.x !== null).map((one) => pin(one, threads.indexOf(one) + 1)),
    );
  }

  /** @param {Comment} first @param {number} number */
  function thread(first, number) {
    const replies = shown.filter((one) => one.parent_id === first.id);
    const resolved = Boolean(first.resolved_at);
    const node = element(
      "li",
      { "data-id": String(first.id), class: resolved ? "resolved" : "" },
      entry(first, first.x === null ? "" : String(number)),
      ...replies.map((one) => entry(one, "")),
      !readOnly &&
        element(
          "div",
          { class: "row" },
          element(
            "button",
            { type: "button", class: "action quiet", onclick: () => reply(first.id) },
            "Reply",
          ),
          element(
            "button",
            { type: "button", class: "action quiet", onclick: () => on.resolve(first, !resolved) },
            resolved ? "Reopen" : "Resolve",
          ),
          resolved && element("span", { class: "faint" }, `resolved by ${first.resolved_by}`),
        ),
    );
    node.ariaCurrent = String(replyTo === first.id);
    return node;
  }

  /** @param {Comment} one @param {number} number */
  function pin(one, number) {
    return element(
      "button",
      {
        type: "button",
        class: "pin",
        title: `${one.author}: ${one.text}`,
        "data-x": String(one.x),
        "data-y": String(one.y),
        onclick: () => {
          toggle(true);
          list.querySelector(`[data-id="${one.id}"]`)?.scrollIntoView({ block: "nearest" });
        },
      },
      String(number),
    );
  }

  return {
    button,
    node: card,
    pins,
    /** @param {Point} point that was clicked */
    setPoint(point) {
      [at, armed] = [point, false];
      render();
      input.focus();
    },
    /** Forget what is typed: another tile follows. @returns {string} it */
    clear() {
      const text = input.value;
      reset();
      return text;
    },
    /** The pressed button is gone: Escape and the next text belong here. */
    focus() {
      if (!card.hidden) input.focus();
    },
    /** @param {string} text */
    fill(text) {
      input.value = text;
    },
    /** @param {Comment[]} comments oldest first @param {{hidden: boolean, readOnly: boolean}} may */
    show(comments, may) {
      shown = comments;
      button.hidden = may.hidden;
      form.hidden = readOnly = may.readOnly;
      if (may.hidden && !card.hidden) toggle(false);
      render();
    },
    /** @param {import("../types.js").View | null | undefined} view */
    place(view) {
      for (const node of /** @type {HTMLCollectionOf<HTMLElement>} */ (pins.children)) {
        const { scale, x, y } = view ?? { scale: 0, x: 0, y: 0 };
        const [left, top] = [Number(node.dataset.x), Number(node.dataset.y)].map(
          (one) => (one + 0.5) * scale,
        );
        node.style.transform = `translate(${left + x}px, ${top + y}px)`;
      }
    },
  };
}

/** @param {Comment} one @param {string} number of its pin, "" for none */
function entry(one, number) {
  return element(
    "div",
    { class: one.parent_id === null ? "entry" : "entry answer" },
    number && element("span", { class: "number" }, number),
    element("b", {}, one.author),
    element("small", { class: "faint" }, dateTime(one.created_at, Date.now())),
    element("p", {}, one.text),
  );
}
