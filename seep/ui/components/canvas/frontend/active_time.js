/**
 * Active time on a tile: the time between inputs, up to 20 s after each. No DOM, and no clock of its own.
 *
 * The time until an input belongs to the phase of that input: strokes and shapes are drawing, all other inputs are looking.
 * Deciding is the looking between the last change of mask or view and a decision.
 */

export const IDLE_MS = 20_000;
/** @typedef {"looking" | "drawing" | "deciding"} Phase */
/**
 * @typedef {object} TimeRecord A piece of active time on one tile.
 * @property {string} id unique, so that a repeated request counts once
 * @property {string} author @property {number} tile id
 * @property {string} started_at ISO 8601, UTC
 * @property {number} looking_ms @property {number} drawing_ms @property {number} deciding_ms
 * @property {number} clicks @property {number} keys @property {number} undos
 * @property {Record<string, number>} tools number of edits by tool
 */

export class ActiveTime {
  /**
   * @param {() => number} now monotonic, milliseconds @param {() => number} date milliseconds since 1970
   * @param {() => string} newId
   */
  constructor(now, date, newId) {
    this.now = now;
    this.date = date;
    this.newId = newId;
    /** @type {TimeRecord | null} */
    this.record = null;
    /** When the last input was; null while nothing counts. @type {number | null} */
    this.since = null;
    /** Until when the time is counted. */
    this.until = 0;
    /** Looking since the mask or the view was changed, milliseconds; a decision claims it. */
    this.claimable = 0;
  }

  /**
   * A tile was opened, which counts as an input; or none is open.
   * @param {number | null} tile id @param {string} author
   * @returns {TimeRecord | null} the record of the tile before
   */
  open(tile, author) {
    const ended = this.cut();
    this.record = tile === null ? null : this.newRecord(tile, author);
    this.since = tile === null ? null : this.now();
    this.until = this.since ?? 0;
    return ended;
  }

  /** @param {"looking" | "drawing"} phase */
  input(phase) {
    const now = this.now();
    const ms = this.count(phase, now);
    this.claimable = phase === "looking" ? this.claimable + ms : 0;
    this.since = now;
    this.until = now;
  }

  /** The mask or the view was changed: what was looked at before is no part of the next decision. */
  changed() {
    this.claimable = 0;
  }

  /** A decision is made by the last input. */
  decide() {
    if (!this.record) return;
    this.record.looking_ms -= this.claimable;
    this.record.deciding_ms += this.claimable;
    this.claimable = 0;
  }

  /** The tab is hidden, or the analyst works in another one: nothing counts until the next input. */
  pause() {
    this.count("looking", this.now());
    this.since = null;
    this.claimable = 0;
  }

  /**
   * End the record, and continue with a new one of the same tile.
   * @returns {TimeRecord | null} null without active time
   */
  cut() {
    const { record } = this;
    if (!record) return null;
    this.count("looking", this.now());
    this.claimable = 0;
    this.record = this.newRecord(record.tile, record.author);
    for (const phase of /** @type {const} */ (["looking", "drawing", "deciding"]))
      record[`${phase}_ms`] = Math.round(record[`${phase}_ms`]);
    return record.looking_ms + record.drawing_ms + record.deciding_ms > 0 ? record : null;
  }

  /** @param {Phase} phase @param {number} now @returns {number} what was added, milliseconds */
  count(phase, now) {
    if (!this.record || this.since === null) return 0;
    const end = Math.min(now, this.since + IDLE_MS);
    const ms = Math.max(end - this.until, 0);
    this.until = Math.max(this.until, end);
    this.record[`${phase}_ms`] += ms;
    return ms;
  }

  /** @param {number} tile @param {string} author @returns {TimeRecord} */
  newRecord(tile, author) {
    return {
      id: this.newId(),
      author,
      tile,
      started_at: new Date(this.date()).toISOString(),
      looking_ms: 0,
      drawing_ms: 0,
      deciding_ms: 0,
      clicks: 0,
      keys: 0,
      undos: 0,
      tools: {},
    };
  }
}
