/** Keyboard shortcuts: defaults, per-user bindings, and names of key presses. */

/** Default keys by action; the names are what the Python side uses to rebind them. */
export const DEFAULT_KEYS = /** @type {Record<string, string[]>} */ ({
  brush: ["b"],
  eraser: ["e"],
  lasso: ["l"],
  polygon: ["p"],
  fill: ["f"],
  wand: ["w"],
  threshold: ["t"],
  tracer: ["x"],
  select: ["s"],
  smaller: ["["],
  larger: ["]"],
  unsure: ["u"],
  cursor: ["d"],
  commit: ["enter"],
  back: ["backspace"],
  remove: ["delete"],
  keepWide: ["shift+k"],
  removeWide: ["shift+d"],
  suggestedClass: ["shift+enter"],
  cause: ["shift+c"],
  hide: ["h"],
  raw: ["g"],
  overlay: ["o"],
  layer: ["a"],
  probability: ["shift+p"],
  uncertainty: ["shift+u"],
  view: ["v"],
  neighbors: ["n"],
  minimap: ["m"],
  compare: ["k"],
  passes: ["j"],
  blink: ["q"],
  nextPass: ["."],
  previousPass: [","],
  passOutlines: ["y"],
  contrast: ["c"],
  invert: ["i"],
  fit: ["z"],
  oneToOne: ["shift+z"],
  zoomIn: ["=", "+"],
  zoomOut: ["-"],
  panLeft: ["shift+left"],
  panRight: ["shift+right"],
  panUp: ["shift+up"],
  panDown: ["shift+down"],
  undo: ["ctrl+z"],
  redo: ["ctrl+shift+z", "ctrl+y"],
  save: ["ctrl+s"],
  accept: ["ctrl+enter"],
  skip: ["ctrl+space"],
  reject: ["ctrl+backspace"],
  rejectNote: ["ctrl+shift+backspace"],
  flag: ["shift+f"],
  reopen: ["shift+r"],
  undoAccept: ["ctrl+shift+u"],
  previous: ["left"],
  next: ["right"],
  sheet: ["?"],
  cancel: ["escape"],
});

/** The list of shortcuts: groups of actions with their labels. */
export const SHEET = /** @type {[string, [string, string][]][]} */ ([
  [
    "Draw",
    [
      ["brush", "Brush"],
      ["eraser", "Eraser"],
      ["lasso", "Lasso"],
      ["polygon", "Polygon"],
      ["fill", "Fill a closed area"],
      ["wand", "Wand: similar raw values"],
      ["threshold", "Threshold brush: dark pixels only"],
      ["tracer", "Tracer: follow a dark line"],
      ["select", "Select slicks"],
      ["remove", "Delete the selected slicks"],
      ["keepWide", "Keep all wide dark areas (oil sheets)"],
      ["removeWide", "Remove all wide dark areas (no oil)"],
      ["suggestedClass", "Give the highlighted slick the first suggested class"],
      ["cause", "Cause of the highlighted slick: a digit and Enter choose"],
      ["smaller", "Smaller brush (or Shift-wheel)"],
      ["larger", "Larger brush (or Shift-wheel)"],
      ["unsure", "Paint as unsure (ignored in training)"],
      ["cursor", "Keyboard cursor: draw with arrow keys and Space"],
      ["undo", "Undo"],
      ["redo", "Redo"],
      ["commit", "Apply the shape"],
      ["back", "Remove the last point"],
      ["cancel", "Cancel the shape"],
    ],
  ],
  [
    "View",
    [
      ["hide", "Hold: hide the overlay"],
      ["raw", "Hold: raw, unfiltered image"],
      ["overlay", "Overlay: fill, outline, difference"],
      ["layer", "Annotation or prediction"],
      ["probability", "Seep probability"],
      ["uncertainty", "Uncertainty (entropy)"],
      ["view", "View settings"],
      ["compare", "Compare side by side"],
      ["neighbors", "Neighbors of the scene"],
      ["minimap", "Minimap"],
      ["passes", "Passes of the same ground"],
      ["blink", "Blink to another pass"],
      ["previousPass", "Previous pass"],
      ["nextPass", "Next pass"],
      ["passOutlines", "Outlines of other passes"],
      ["contrast", "Contrast"],
      ["invert", "Invert grays"],
      ["fit", "Fit tile"],
      ["oneToOne", "100 %"],
      ["zoomIn", "Zoom in"],
      ["zoomOut", "Zoom out"],
      ["panLeft", "Pan (Shift and any arrow)"],
    ],
  ],
  [
    "Review",
    [
      ["accept", "Accept and next"],
      ["skip", "Skip"],
      ["reject", "Reject tile (excluded from training)"],
      ["rejectNote", "Reject with a reason or note"],
      ["flag", "Flag for a second opinion, or remove the flag"],
      ["reopen", "Reopen a reviewed or rejected tile"],
      ["undoAccept", "Undo the accept of the open tile"],
      ["save", "Save a revision"],
      ["previous", "Previous tile"],
      ["next", "Next tile"],
      ["sheet", "Keyboard shortcuts"],
    ],
  ],
]);

const NAMES = /** @type {Record<string, string>} */ ({
  " ": "space",
  arrowleft: "left",
  arrowright: "right",
  arrowup: "up",
  arrowdown: "down",
});

/**
 * The name of a key press: "ctrl+shift+z", "[", "space".
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} event
 * @returns {string}
 */
export function keyName(event) {
  const key = event.key.toLowerCase();
  const name = NAMES[key] ?? key;
  const typed = event.key.length === 1 && key === event.key.toUpperCase(); // "?" needs shift on some keyboards
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && !typed) parts.push("shift");
  return [...parts, name].join("+");
}

/** @param {string} key of a class, not empty @returns {string} the key press: a capital letter is Shift and the letter */
export function classCombo(key) {
  const small = key.toLowerCase();
  return small === key ? key : `shift+${small}`;
}

/**
 * Actions by key, defaults overridden by what the workspace set.
 * @param {Record<string, string | string[]>} set action -> key or keys
 * @param {import("./types.js").SeepClass[]} classes
 * @returns {Map<string, string>} key -> action ("class:3" for a class)
 */
export function bindings(set, classes) {
  const map = new Map();
  const keyed = classes.filter((one) => one.key);
  for (const one of keyed) map.set(one.key.toLowerCase(), `class:${one.id}`); // a capital letter also without Shift, if free
  for (const one of keyed) map.set(classCombo(one.key), `class:${one.id}`);
  for (const [action, combos] of Object.entries(keysOf(set)))
    for (const combo of combos) map.set(combo, action);
  return map;
}

/** @param {Record<string, string | string[]>} set @returns {Record<string, string[]>} keys by action */
export function keysOf(set) {
  const all = { ...DEFAULT_KEYS };
  for (const [action, keys] of Object.entries(set)) {
    if (action in all) all[action] = [keys].flat().map((key) => key.toLowerCase());
  }
  return all;
}

const SHOWN = /** @type {Record<string, string>} */ ({
  ctrl: "Ctrl",
  shift: "Shift",
  alt: "Alt",
  space: "Space",
  enter: "Enter",
  backspace: "Backspace",
  delete: "Del",
  escape: "Esc",
  left: "←",
  right: "→",
  up: "↑",
  down: "↓",
});

/** @param {string} combo @returns {string} as it is written on the keys: "Ctrl+Shift+Z" */
export function keyLabel(combo) {
  return combo
    .split("+")
    .map((part) => SHOWN[part] ?? part.toUpperCase())
    .join("+");
}
