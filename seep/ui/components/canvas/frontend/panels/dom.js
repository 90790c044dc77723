/** Making elements. Text goes in as text nodes only, so that names with markup in them stay names. */

/** @typedef {Node | string | null | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] `class`, `aria-*`, `data-*` and `role` become attributes, `on*` listeners, others properties
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (/^(class|role|style|for|aria-.*|data-.*)$/.test(name)) made.setAttribute(name, value);
    else Reflect.set(made, name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== false).map((child) => child || ""));
  return made;
}

/** @param {string} name of a Material symbol; the font comes with Streamlit @returns {HTMLElement} */
export function icon(name) {
  return element("span", { class: "icon", "aria-hidden": "true" }, name);
}

/**
 * A button of one icon.
 * @param {string} symbol @param {string} label @param {string} tip key and one line, after the label
 * @param {() => void} action @param {string} [side] where the tip opens
 * @returns {HTMLButtonElement}
 */
export function iconButton(symbol, label, tip, action, side = "below") {
  const properties = { class: `tool tip-${side}`, type: "button", "aria-label": label, onclick: action };
  return element("button", { ...properties, "data-tip": tip ? `${label}  ${tip}` : label }, icon(symbol));
}

/** Give a node new children, only if it is about other content than before. @param {HTMLElement} node @param {string} content @param {() => Child[]} make */
export function updateChildren(node, content, make) {
  if (node.dataset.content === content) return;
  node.dataset.content = content;
  node.replaceChildren(.../** @type {(Node | string)[]} */ (make().filter((child) => child)));
}
