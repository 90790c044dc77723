/** Keys: what each does, which are set, and how a key press is named. */

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
  commit: ["enter"],
  back: ["backspace"],
  remove: ["delete"],
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
  previous: ["left"],
  next: ["right"],
  sheet: ["?"],
  cancel: ["escape"],
});

/** The key sheet: groups of actions with one line each. */
export const SHEET = /** @type {[string, [string, string][]][]} */ ([
  [
    "Draw",
    [
      ["brush", "Brush"],
      ["eraser", "Eraser"],
      ["lasso", "Lasso: fill an outline"],
      ["polygon", "Polygon: click its corners"],
      ["fill", "Fill a closed area"],
      ["wand", "Wand: a region of like values"],
      ["threshold", "Threshold brush: only what is dark"],
      ["tracer", "Tracer: click along a dark line"],
      ["select", "Select slicks: accept, delete, change them"],
      ["remove", "Take the selected slicks out"],
      ["smaller", "Smaller brush (or shift-wheel)"],
      ["larger", "Larger brush (or shift-wheel)"],
      ["unsure", "Paint as unsure: training ignores it"],
      ["undo", "Undo"],
      ["redo", "Redo"],
      ["commit", "End a gesture of clicks"],
      ["back", "Take its last click back"],
      ["cancel", "Abandon the gesture"],
    ],
  ],
  [
    "See",
    [
      ["hide", "Hold: hide the overlay"],
      ["raw", "Hold: the raw image"],
      ["overlay", "Fill, outline, difference to the prediction"],
      ["layer", "Annotation or prediction"],
      ["probability", "Probability of a seep"],
      ["uncertainty", "Uncertainty (entropy)"],
      ["view", "View: scale, filter, layers"],
      ["compare", "Compare left and right"],
      ["neighbors", "Neighbors of the scene"],
      ["minimap", "Minimap when zoomed"],
      ["contrast", "Contrast: drag on the image"],
      ["invert", "Invert the grays"],
      ["fit", "Whole tile"],
      ["oneToOne", "A pixel for a pixel"],
      ["zoomIn", "Nearer"],
      ["zoomOut", "Farther"],
      ["panLeft", "Move the view (with all arrows)"],
    ],
  ],
  [
    "Decide",
    [
      ["accept", "Accept and next"],
      ["skip", "Skip, decide later"],
      ["reject", "Reject the prediction"],
      ["rejectNote", "Reject, and say why"],
      ["flag", "Flag for a second opinion; again: take it back"],
      ["save", "Save a revision now"],
      ["previous", "Previous tile"],
      ["next", "Next tile"],
      ["sheet", "This sheet"],
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

/**
 * Actions by key, defaults overridden by what the workspace set.
 * @param {Record<string, string | string[]>} set action -> key or keys
 * @param {import("./types.js").SeepClass[]} classes
 * @returns {Map<string, string>} key -> action ("class:3" for a class)
 */
export function bindings(set, classes) {
  const map = new Map();
  for (const one of classes) if (one.key) map.set(one.key.toLowerCase(), `class:${one.id}`);
  for (const [action, combos] of Object.entries(keysOf(set))) for (const combo of combos) map.set(combo, action);
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
