/** Rules for keyboard shortcuts: reserved keys and conflicts. */
import { DEFAULT_KEYS, SHEET, classCombo, keysOf, keyLabel } from "../keys.js";

/** @typedef {import("../types.js").SeepClass} SeepClass */

/** Keys that belong to the browser, to moving between elements, or to the canvas itself. */
const RESERVED = new Set([
  ...[
    "tab",
    "space",
    "f5",
    "f11",
    "f12",
    "ctrl+c",
    "ctrl+v",
    "ctrl+x",
    "ctrl+a",
    "ctrl+l",
    "ctrl+n",
    "ctrl+p",
  ],
  ...[
    "ctrl+r",
    "ctrl+t",
    "ctrl+w",
    "ctrl+shift+n",
    "ctrl+shift+t",
    "ctrl+shift+w",
    "ctrl+shift+r",
    "ctrl+tab",
    "alt+f4",
  ],
]);
const MODIFIERS = [
  "control",
  "shift",
  "alt",
  "meta",
  "altgraph",
  "capslock",
  "dead",
  "process",
  "unidentified",
];

/** The sheet has one line for all four. */
const MOVES = /** @type {[string, string][]} */ (
  ["Left", "Right", "Up", "Down"].map((way) => [`pan${way}`, `Pan ${way.toLowerCase()}`])
);

/** @returns {[string, [string, string][]][]} groups of actions with their words, in the order of the sheet */
export function groups() {
  return SHEET.map(([title, rows]) => [title, rows.flatMap((row) => (row[0] === "panLeft" ? MOVES : [row]))]);
}

const LABELS = new Map(groups().flatMap(([, rows]) => rows));

/** @param {string} combo as `comboOf` names it @returns {boolean} whether it is only Shift, Ctrl and the like */
export function isModifierOnly(combo) {
  return MODIFIERS.includes(combo.split("+").at(-1) ?? "");
}

/**
 * Why a key cannot be given to an action.
 * @param {string} action @param {string} combo @param {Record<string, string>} set by this person @param {SeepClass[]} classes
 * @returns {string} one sentence, "" where it can
 */
export function keyConflict(action, combo, set, classes) {
  const shown = keyLabel(combo);
  if (RESERVED.has(combo)) return `${shown} is reserved. Press another key.`;
  const one = classes.find((other) => other.key && classCombo(other.key) === combo);
  if (one) return `${shown} is the key of the class ${one.name}. Press another key.`;
  const user = Object.entries(keysOf(set)).find(([other, keys]) => other !== action && keys.includes(combo));
  return user
    ? `${shown} is already used for “${LABELS.get(user[0])}”. Press another key, or change that one first.`
    : "";
}

/**
 * The person's keys with one more; the default itself needs no entry.
 * @param {Record<string, string>} set @param {string} action @param {string | null} combo null: the default again
 * @returns {Record<string, string>}
 */
export function withKey(set, action, combo) {
  const { [action]: _, ...others } = set;
  const isDefault = combo !== null && DEFAULT_KEYS[action].length === 1 && DEFAULT_KEYS[action][0] === combo;
  return combo === null || isDefault ? others : { ...others, [action]: combo };
}
