/** Comments on the open tile: sends them, and keeps what is typed on each tile until it is sent. */

/** @typedef {import("../types.js").Comment} Comment */
/** @typedef {import("../types.js").OpenTile} OpenTile */

export class CommentController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    /** @type {OpenTile | null} */
    this.tile = null;
    /** Unsent texts by tile. @type {Map<number, string>} */
    this.typed = new Map();
    this.stopWaiting = () => {};
  }

  /** @returns {import("../panels/comments.js").CommentHandlers} */
  handlers() {
    return {
      send: (text, at, replyTo) => this.send(text, at, replyTo),
      resolve: (comment, resolved) => void this.resolve(comment, resolved),
      point: (arm) => this.point(arm),
    };
  }

  show() {
    const { editor, parts, data } = this.review;
    const { tile } = editor;
    if (tile !== this.tile) {
      const text = parts.comments.clear();
      if (this.tile && text) this.typed.set(this.tile.id, text);
      this.tile = tile;
      parts.comments.fill((tile && this.typed.get(tile.id)) ?? "");
      if (tile) this.typed.delete(tile.id);
    }
    parts.comments.show(tile?.info.comments ?? [], {
      hidden: !tile || Boolean(tile.info.blind),
      readOnly: Boolean(data.denials.save),
    });
    this.place();
  }

  /** Move the pins with the image. */
  place() {
    this.review.parts.comments.place(this.review.editor.tile?.view);
  }

  /**
   * @param {string} text @param {import("../types.js").Point | null} at @param {number | null} replyTo
   * @returns {Promise<boolean>}
   */
  send(text, at, replyTo) {
    const tile = this.tile;
    if (!tile) return Promise.resolve(false);
    const point = at && [Math.floor(at.x), Math.floor(at.y)];
    return this.change(tile, `tiles/${tile.id}/comments`, { text, at: point, reply_to: replyTo });
  }

  /** @param {Comment} comment @param {boolean} resolved */
  async resolve(comment, resolved) {
    if (this.tile) await this.change(this.tile, `comments/${comment.id}/resolve`, { resolved });
  }

  /** @param {OpenTile} tile @param {string} path @param {object} content @returns {Promise<boolean>} */
  async change(tile, path, content) {
    const { shared, editor } = this.review;
    const options = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(content),
    };
    try {
      tile.info.comments = await (await shared.library.api.fetch(path, tile.author, options)).json();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      editor.emit("message", { kind: "comment-failed", text: `Comment not saved: ${text}` });
      return false;
    }
    if (tile !== this.tile) {
      // Another tile was opened meanwhile; what is typed there stays.
      this.typed.delete(tile.id);
      return false;
    }
    this.show();
    this.review.parts.comments.focus();
    return true;
  }

  /** @param {boolean} arm whether the next click on the image is the point @returns {import("../types.js").Point | null} */
  point(arm) {
    this.stopWaiting();
    const { parts, editor } = this.review;
    if (!arm) return null;
    if (parts.cursor.at) return parts.cursor.at;
    const waiting = new AbortController();
    this.stopWaiting = () => waiting.abort();
    parts.canvas.addEventListener(
      "pointerdown",
      (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        waiting.abort();
        const box = parts.canvas.getBoundingClientRect();
        const { tile } = editor;
        if (!tile?.view) return;
        const x = (event.clientX - box.x - tile.view.x) / tile.view.scale;
        const y = (event.clientY - box.y - tile.view.y) / tile.view.scale;
        const within = x >= 0 && y >= 0 && x < tile.info.width && y < tile.info.height;
        if (within) parts.comments.setPoint({ x, y });
      },
      { capture: true, signal: waiting.signal },
    );
    return null;
  }

  destroy() {
    this.stopWaiting();
  }
}
