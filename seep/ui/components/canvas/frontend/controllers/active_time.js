/** Records the active time of the open tile and sends it to the server; what cannot be sent stays in the browser. */
import { ActiveTime } from "../active_time.js";

/** @typedef {import("../active_time.js").TimeRecord} TimeRecord */

const SEND_MS = 15_000;
const MAX_RECORD_MS = 60_000; // a crash of the browser loses no more
const MAX_SENT = 100; // records per request
const MAX_KEPT = 5000; // records in the browser without a connection; 200 bytes each
const DECISIONS = new Set(["accept", "reject", "rejectNote", "flag", "reopen", "undoAccept", "skip"]);
const FINAL = [400, 403, 404, 413]; // HTTP states that a retry cannot change

export class ActiveTimeController {
  /** @param {import("../review.js").Review} review */
  constructor(review) {
    this.review = review;
    const newId = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.time = new ActiveTime(() => performance.now(), Date.now, newId);
    this.key = `seep-time${review.shared.library.api.base}`;
    this.tab = newId();
    /** Whether the last input of all tabs was in this one. */
    this.first = false;
    this.sending = false;
    this.ends = new AbortController();
    this.timer = 0;
  }

  /** Begin to listen, if the setting says so. */
  start() {
    const { signal } = this.ends;
    const options = { capture: true, passive: true, signal };
    const { node } = this.review.parts;
    node.addEventListener("pointermove", () => this.input(), options);
    node.addEventListener("wheel", () => (this.input(), this.time.changed()), options);
    node.addEventListener("pointerdown", () => this.input("clicks"), options);
    window.addEventListener("keydown", () => this.input("keys"), options);
    window.addEventListener("storage", ({ key }) => key === `${this.key}-tab` && this.leave(), { signal });
    window.addEventListener("online", () => void this.send(), { signal });
    window.addEventListener("pagehide", () => this.hidden(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.hidden(), { signal });
    this.timer = window.setInterval(() => this.flush(), SEND_MS);
  }

  destroy() {
    this.keep(this.time.open(null, ""));
    this.ends.abort();
    window.clearInterval(this.timer);
    void this.send(true);
  }

  /** Another tile is shown, or none. */
  tileChanged() {
    const { tile } = this.review.editor;
    if (!this.timer) return;
    this.keep(this.time.open(tile?.id ?? null, tile?.author ?? ""));
  }

  /** @param {"clicks" | "keys"} [counted] */
  input(counted) {
    if (!this.time.record || document.hidden) return;
    const { pointer, tools } = this.review.parts;
    const draws = pointer.mode === "tool" || (tools[this.review.editor.tool].busy?.() ?? false);
    this.time.input(draws ? "drawing" : "looking");
    if (pointer.mode !== "idle") this.time.changed();
    if (counted) this.time.record[counted] += 1;
    if (this.first) return;
    this.first = true;
    this.store(`${this.key}-tab`, this.tab);
  }

  /** The mask was edited. */
  edited() {
    const { record } = this.time;
    const { tool } = this.review.editor;
    if (!record) return;
    record.tools[tool] = (record.tools[tool] ?? 0) + 1;
    this.time.input("drawing");
  }

  /** An action is about to be done. @param {string} action */
  acted(action) {
    if (DECISIONS.has(action)) this.time.decide();
    else this.time.changed();
    if ((action === "undo" || action === "redo") && this.time.record) this.time.record.undos += 1;
  }

  /** Another tab of this browser has the newest input. */
  leave() {
    this.first = false;
    this.time.pause();
  }

  hidden() {
    this.time.pause();
    this.keep(this.time.cut());
    void this.send(true);
  }

  flush() {
    const { record } = this.time;
    const ms = record ? record.looking_ms + record.drawing_ms + record.deciding_ms : 0;
    if (ms > MAX_RECORD_MS) this.keep(this.time.cut());
    void this.send();
  }

  /** @returns {TimeRecord[]} what is not sent yet, of all tabs */
  kept() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]");
    } catch {
      return []; // no storage, or damaged
    }
  }

  /** @param {TimeRecord | null} record */
  keep(record) {
    if (record) this.store(this.key, JSON.stringify([...this.kept(), record].slice(-MAX_KEPT)));
  }

  /** @param {string} key @param {string} value */
  store(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // A full or forbidden storage loses times, never work.
    }
  }

  /** @param {boolean} [leaving] whether the page is closing */
  async send(leaving = false) {
    const author = this.review.queue.author;
    const records = this.kept()
      .filter((one) => one.author === author)
      .slice(0, MAX_SENT);
    if (!records.length || this.sending) return;
    this.sending = true;
    const sent = new Set(records.map((one) => one.id));
    try {
      await this.review.shared.library.api.sendTime(author, records, leaving);
      this.forget(sent);
    } catch (error) {
      const status = /** @type {{status?: number}} */ (error).status ?? 0;
      if (FINAL.includes(status)) this.forget(sent);
    } finally {
      this.sending = false;
    }
  }

  /** @param {Set<string>} sent ids */
  forget(sent) {
    this.store(this.key, JSON.stringify(this.kept().filter((one) => !sent.has(one.id))));
  }
}
