/** DOM helpers. Text is inserted as text nodes only: markup in a name stays text. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Create an element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] `class`, `role`, `style`, `for`, `aria-*` and `data-*` become
 *   attributes, `on*` listeners, others properties
 * @param {...Child} children null, undefined and false are left out
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) created.addEventListener(name.slice(2), value);
    else if (/^(class|role|style|for|aria-.*|data-.*)$/.test(name)) created.setAttribute(name, value);
    else Reflect.set(created, name, value);
  }
  for (const child of children) if (child || child === "") created.append(child);
  return created;
}

/**
 * Create an SVG element.
 *
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svgElement(tag, attributes, ...children) {
  const created = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children);
  return created;
}

/**
 * Put a component's style and root into its parent.
 *
 * @param {ShadowRoot | HTMLElement} parent @param {string} style @param {HTMLElement} root
 */
export function attach(parent, style, root) {
  parent.replaceChildren(element("style", {}, style), root);
}

/** @param {string} name of a Material symbol; the font comes with Streamlit @returns {HTMLElement} */
export function icon(name) {
  return element("span", { class: "icon", "aria-hidden": "true" }, name);
}

/**
 * Replace the children of a node if they show other content than before.
 *
 * @param {HTMLElement} node @param {string} content what the children show @param {() => Child[]} create
 */
export function updateChildren(node, content, create) {
  if (node.dataset.content === content) return;
  node.dataset.content = content;
  node.replaceChildren();
  for (const child of create()) if (child || child === "") node.append(child);
}
