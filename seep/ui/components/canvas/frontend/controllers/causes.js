/** The cause of the selected slick, as analysts decide it. */
import { holds, innerPixel } from "../causes.js";

export class CauseController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** The newest request; the next one waits for it. @type {Promise<void>} */
    this.sent = Promise.resolve();
  }

  /** @returns {import("../types.js").SlickCause | null} the newest decision in the selected slick */
  get decision() {
    const { editor, selected } = this.review;
    const cells = selected.current?.cells;
    return (cells && editor.tile?.info.causes?.find((one) => holds(cells, one))) ?? null;
  }

  /** Open the menu of causes. */
  open() {
    const { editor, parts, selected } = this.review;
    if (!selected.current)
      return editor.emit("message", {
        kind: "no-slick-highlighted",
        text: "Select a slick in the list first, or with the select tool.",
      });
    parts.evidence.openCauses();
  }

  /** Decide the cause of the selected slick; an earlier decision is replaced. @param {string} cause "" for none */
  decide(cause) {
    const { editor, selected, shared } = this.review;
    const { tile } = editor;
    if (!tile || !selected.current) return;
    const { x, y } = this.decision ?? innerPixel(selected.current.cells);
    this.sent = this.sent
      .then(() => shared.library.api.decideCause(tile.id, tile.author, { x, y, cause }))
      .then(
        (causes) => void (tile.info.causes = causes),
        (error) => {
          const text = error instanceof Error ? error.message : String(error);
          editor.emit("message", {
            kind: "cause-failed",
            text: `Cause on ${tile.info.name} not saved: ${text} Choose it again.`,
          });
        },
      )
      .then(() => this.review.evidence.show());
  }
}
