/** Suggested classes of the highlighted slick; one key gives it the first. */
import { suggestClasses } from "../class_suggestions.js";
import { flood } from "../flood.js";
import { isSame } from "../worker/edits.js";

/** @typedef {import("../types.js").OpenTile} OpenTile */
/** @typedef {import("../types.js").ClassHistory} ClassHistory */
/** @typedef {import("../regions.js").Slick} Slick */
/** @typedef {import("../class_suggestions.js").Suggestion} Suggestion */
/** @typedef {{slick: Slick, suggestions: Suggestion[]}} Suggested */

/** @type {ClassHistory} */
const UNKNOWN = { radius_px: 0, sites: [], tiles: [] };

export class ClassSuggestionController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {WeakMap<OpenTile, Promise<ClassHistory>>} */
    this.loading = new WeakMap();
    /** @type {WeakMap<OpenTile, ClassHistory>} */
    this.known = new WeakMap();
    /** The newest answer, by the slick that it is for. @type {{key: string, suggested: Suggested | null}} */
    this.last = { key: "", suggested: null };
  }

  /** @returns {(Slick & {seed: number}) | null} the slick of the list, else the one that is selected on the image */
  target() {
    const { editor, parts, slicks } = this.review;
    const listed = parts.slicks.current();
    if (listed) return slicks.found.find((one) => isSame(one, listed)) ?? null;
    if (editor.tool !== "select" || editor.selection.size !== 1) return null;
    return slicks.found.find((one) => editor.selection.has(one.seed)) ?? null;
  }

  /** @returns {Suggested | null} null without a highlighted slick, and until the history is loaded */
  get current() {
    const { data, editor } = this.review;
    const { tile } = editor;
    const slick = this.target();
    if (!tile || !slick || data.classes.filter((one) => one.id).length < 2) return null;
    const history = this.known.get(tile);
    if (!history) {
      void this.load(tile).then(() => this.show());
      return null;
    }
    if (tile.annotation[slick.seed] !== slick.classId) return null; // the slicks are being counted again
    const { seed, ...shape } = slick;
    const key = JSON.stringify([tile.id, slick, data.classes.map((one) => one.id)]);
    if (key !== this.last.key) {
      const { width, height } = tile.info;
      const cells = flood(tile.annotation, slick.classId, width, height, seed);
      const suggestions = cells ? suggestClasses(cells, history, tile.prediction, width, data.classes) : [];
      this.last = { key, suggested: suggestions.length ? { slick: shape, suggestions } : null };
    }
    return this.last.suggested;
  }

  /** @param {OpenTile} tile @returns {Promise<ClassHistory>} without history if it cannot be loaded */
  load(tile) {
    const { api } = this.review.shared.library;
    const found = this.loading.get(tile) ?? api.classHistory(tile.id, tile.author).catch(() => UNKNOWN);
    this.loading.set(tile, found);
    return found.then((history) => {
      this.known.set(tile, history);
      return history;
    });
  }

  show() {
    const { data, parts } = this.review;
    parts.suggestions.show(this.current, data.classes, data.denials.save ?? "");
  }

  /** Give the highlighted slick a suggested class, as one undo step. @param {number} [index] of the suggestion */
  async take(index = 0) {
    const { data, editor } = this.review;
    const { tile } = editor;
    if (!tile || data.classes.filter((one) => one.id).length < 2) {
      return editor.emit("message", { kind: "one-class", text: "This workspace has one class. Settings adds more." });
    }
    if (!this.target()) return editor.emit("message", { kind: "no-slick-highlighted", text: "Select a slick in the list first, or with the select tool." });
    await this.load(tile);
    if (tile !== editor.tile) return;
    const suggested = this.current;
    const chosen = suggested?.suggestions[index];
    if (!suggested || !chosen) return editor.emit("message", { kind: "no-suggestion", text: "No class is known for this slick." });
    const name = data.classes.find((one) => one.id === chosen.classId)?.name;
    if (suggested.slick.classId === chosen.classId) {
      return editor.emit("message", { kind: "class-as-suggested", text: `The slick already has the suggested class ${name}.` });
    }
    this.review.slicks.setClass({ ...suggested.slick, sure: null }, chosen.classId);
  }
}
