/** Work that another thread does: a question is posted, the newest answer counts. */

/** @template Answer */
export class LatestTask {
  /** @param {string} module beside this one, such as "slicks.worker.js" */
  constructor(module) {
    this.module = module;
    /** @type {Worker | null} */
    this.worker = null;
    this.turn = 0;
    /** @type {((answer: Answer) => void) | null} */
    this.done = null;
  }

  /**
   * Ask, and drop what was asked before and is not answered yet.
   * @param {Record<string, unknown>} question
   * @param {Transferable[]} handed buffers that go to the other thread for good
   * @param {(answer: Answer) => void} done
   */
  ask(question, handed, done) {
    if (!this.worker) {
      this.worker = new Worker(new URL(this.module, import.meta.url), { type: "module" });
      this.worker.addEventListener("message", ({ data }) => {
        if (data.turn === this.turn) this.done?.(data.answer);
      });
    }
    this.turn += 1;
    this.done = done;
    this.worker.postMessage({ ...question, turn: this.turn }, handed);
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.turn += 1;
  }
}
