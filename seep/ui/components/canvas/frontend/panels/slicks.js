/** The slicks of the mask as a table, and the slider for the minimum probability of predicted slicks. */
import { decimal, pixelText } from "../../../shared/format.js";
import { areaText } from "../text.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { panel } from "./lists.js";
import { rovingTabIndex } from "./roving.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../regions.js").Slick & {sure: number | null}} ListedSlick sure: mean probability; null if unknown */
/** @typedef {import("../types.js").SeepClass} SeepClass */

const MOST = 200;

/**
 * @typedef {object} SlickHandlers
 * @property {(slick: ListedSlick) => void} goTo zoom to the slick
 * @property {(slick: ListedSlick | null) => void} highlight frame the slick on the image; null for none
 * @property {(slick: ListedSlick, classId: number) => void} setClass change the class; 0 deletes the slick
 * @property {(minimum: number) => void} preview show the mask with the slicks with this mean probability or more
 * @property {() => void} commitPreview apply the preview
 */
/**
 * @typedef {object} SlicksShown
 * @property {boolean} counted whether a tile is open and its slicks are known
 * @property {ListedSlick[]} slicks @property {SeepClass[]} classes
 * @property {number | null | undefined} pixelM
 * @property {number[] | null} sure mean probabilities of the predicted slicks; null if none are stored
 */

/** @param {SlickHandlers} on @returns {{node: HTMLElement, show: (shown: SlicksShown) => void, current: () => ListedSlick | null, unchoose: () => void}} current: the slick that is highlighted */
export function slickPanel(on) {
  const list = element("ol", {
    class: "list",
    "data-testid": "slicks",
    onpointerleave: () => on.highlight(null),
  });
  const count = element("span", { class: "faint" });
  const sure = thresholdRow(on);
  const refresh = rovingTabIndex(list);
  /** Bounding box of the chosen slick; "" for none. @type {string} */
  let chosen = "";
  /** @type {SlicksShown} */
  let last = { counted: false, slicks: [], classes: [], pixelM: null, sure: null };
  const choose = (/** @type {ListedSlick} */ slick) => {
    chosen = boxKey(slick);
    on.goTo(slick);
    show(last);
    // The row was created again: restore the focus.
    /** @type {HTMLElement | null} */ (
      list.querySelector('[aria-current="true"] > button:first-child')
    )?.focus();
  };
  const show = (/** @type {SlicksShown} */ shown) => {
    last = shown;
    const { counted, slicks, classes, pixelM } = shown;
    const number =
      slicks.length > MOST ? `largest ${MOST} of ${slicks.length}` : String(slicks.length || "none");
    count.textContent = counted ? number : "";
    const none = element(
      "li",
      { class: "faint none" },
      worded("No slicks. Paint what was missed, or accept the tile as it is."),
    );
    const make = (/** @type {ListedSlick} */ one) => row(one, boxKey(one) === chosen, shown, on, choose);
    updateChildren(list, JSON.stringify([counted, slicks.slice(0, MOST), classes, pixelM, chosen]), () =>
      slicks.length ? slicks.slice(0, MOST).map(make) : counted ? [none] : [],
    );
    refresh();
    sure.show(shown.sure);
  };
  const current = () => {
    const focused = /** @type {HTMLElement | null} */ (
      list.querySelector("li:has(> button:first-child:focus)")
    );
    const key = focused?.dataset.slick ?? chosen;
    return last.slicks.find((one) => boxKey(one) === key) ?? null;
  };
  const unchoose = () => {
    if (!chosen) return;
    chosen = "";
    on.highlight(null);
    show(last);
  };
  return {
    current,
    unchoose,
    node: panel("Slicks", "slicks", element("div", { class: "tabled" }, sure.node, list), count),
    show,
  };
}

/** @param {ListedSlick} slick @returns {string} the bounding box as a key; a new class does not change it */
function boxKey({ x, y, width, height }) {
  return [x, y, width, height].join();
}

/**
 * @param {ListedSlick} slick @param {boolean} chosen @param {SlicksShown} shown @param {SlickHandlers} on
 * @param {(slick: ListedSlick) => void} choose
 */
function row(slick, chosen, { classes, pixelM }, on, choose) {
  const one = classes.find((other) => other.id === slick.classId);
  const area = pixelText(slick.areaPx);
  const ground = areaText(slick.areaPx, pixelM);
  const sure = slick.sure === null ? "" : decimal(slick.sure, 2);
  const parts = [
    element("i", { style: `background-color:${one?.color ?? "#888888"}` }),
    element("span", { class: "hidden" }, `${one?.name ?? `class ${slick.classId}`}, `),
    element("span", { class: "what" }, ground || area),
    element(
      "span",
      { class: "value" },
      element("span", { class: "hidden" }, sure && "mean probability "),
      sure,
    ),
  ];
  const words = [one?.name ?? `class ${slick.classId}`, area, ground, sure && `mean probability ${sure}`];
  const label = words.filter(Boolean).join(", ");
  const events = {
    onclick: () => choose(slick),
    onpointerenter: () => on.highlight(slick),
    onfocus: () => on.highlight(slick),
  };
  const button = element("button", { type: "button", tabIndex: -1, title: label, ...events }, ...parts);
  const node = element("li", { "aria-current": String(chosen), "data-slick": boxKey(slick) }, button);
  if (chosen) node.append(tools(slick, classes, on));
  return node;
}

/** Controls of the chosen slick. @param {ListedSlick} slick @param {SeepClass[]} classes @param {SlickHandlers} on */
function tools(slick, classes, on) {
  const select = element("select", {
    "aria-label": worded("Class of this slick"),
    title: worded("Class of this slick"),
  });
  for (const one of classes)
    if (one.id) select.append(element("option", { value: String(one.id) }, one.name));
  select.value = String(slick.classId);
  select.addEventListener("change", () => on.setClass(slick, Number(select.value)));
  const label = worded("Delete this slick");
  const remove = element(
    "button",
    { type: "button", class: "eye", "aria-label": label, title: label, "data-testid": "delete-slick" },
    icon("delete"),
  );
  remove.addEventListener("click", () => on.setClass(slick, 0));
  return element("span", { class: "doing" }, select, remove);
}

/** @param {SlickHandlers} on @returns {{node: HTMLElement, show: (sure: number[] | null) => void}} */
function thresholdRow(on) {
  /** @type {number[]} */
  let all = [];
  const label = worded("Minimum mean probability of the predicted slicks in the mask");
  const words = element("output", { class: "value" });
  const slider = element("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.01",
    value: "0",
    "aria-label": label,
  });
  const showThreshold = () => {
    const minimum = Number(slider.value);
    words.textContent = `${all.filter((one) => one >= minimum).length} of ${all.length}`;
    slider.setAttribute(
      "aria-valuetext",
      worded(`${minimum.toFixed(2)}: ${words.textContent} predicted slicks`),
    );
    name.textContent = `p ≥ ${minimum.toFixed(2)}`;
  };
  const name = element("span", {}, "");
  slider.addEventListener("input", () => (showThreshold(), on.preview(Number(slider.value))));
  slider.addEventListener("change", () => on.commitPreview());
  const node = element("label", { class: "sure", title: label }, name, slider, words);
  return {
    node,
    show(sure) {
      node.hidden = !sure?.length;
      const next = sure ?? [];
      if (next !== all && next.join() !== all.join()) slider.value = "0";
      all = next;
      showThreshold();
    },
  };
}
