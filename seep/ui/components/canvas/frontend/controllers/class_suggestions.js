/** Suggested classes of the highlighted slick; one key gives it the first. */
import { suggestClasses } from "../class_suggestions.js";
import { SlickClassesController } from "./slick_classes.js";

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
    /** The newest answer, by what it is for. @type {{of: unknown[], suggested: Suggested | null}} */
    this.last = { of: [], suggested: null };
    /** Of the model. */
    this.predicted = new SlickClassesController(review, () => this.show());
    /** Whether suggestions of the highlighted slick are on their way. */
    this.waiting = false;
  }

  destroy() {
    this.predicted.destroy();
  }

  /** @returns {Suggested | null} null without a highlighted slick, and until history and model have answered */
  get current() {
    const { data, editor, selected } = this.review;
    const { tile } = editor;
    this.waiting = false;
    if (!tile || !selected.slick || data.classes.filter((one) => one.id).length < 2) return null;
    const { current } = selected;
    const told = current && this.predicted.of(tile, current);
    const history = this.known.get(tile);
    if (!history) {
      this.waiting = true;
      void this.load(tile).then(() => this.show());
      return null;
    }
    this.waiting = !told;
    if (!current || !told) return null;
    const of = [current, data.classes, told];
    if (of.some((one, i) => one !== this.last.of[i])) {
      const { seed: _, ...slick } = current.slick;
      const suggestions = suggestClasses(
        current.cells,
        history,
        tile.prediction,
        tile.info.width,
        data.classes,
        told,
      );
      this.last = { of, suggested: suggestions.length ? { slick, suggestions } : null };
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
    const found = this.current;
    parts.suggestions.show(found, data.classes, data.denials.save ?? "", this.waiting);
  }

  /** Give the highlighted slick a suggested class, as one undo step. @param {number} [index] of the suggestion */
  async take(index = 0) {
    const { data, editor, selected } = this.review;
    const { tile } = editor;
    if (!tile || data.classes.filter((one) => one.id).length < 2) {
      return editor.emit("message", {
        kind: "one-class",
        text: "This workspace has one class. Settings adds more.",
      });
    }
    if (!selected.slick)
      return editor.emit("message", {
        kind: "no-slick-highlighted",
        text: "Select a slick in the list first, or with the select tool.",
      });
    await this.load(tile);
    if (tile === editor.tile && !this.current && this.waiting) await this.predicted.settled();
    if (tile !== editor.tile) return;
    const suggested = this.current;
    const chosen = suggested?.suggestions[index];
    if (!suggested || !chosen)
      return editor.emit("message", { kind: "no-suggestion", text: "No class is known for this slick." });
    const name = data.classes.find((one) => one.id === chosen.classId)?.name;
    if (suggested.slick.classId === chosen.classId) {
      return editor.emit("message", {
        kind: "class-as-suggested",
        text: `The slick already has the suggested class ${name}.`,
      });
    }
    this.review.slicks.setClass({ ...suggested.slick, sure: null }, chosen.classId);
  }
}
