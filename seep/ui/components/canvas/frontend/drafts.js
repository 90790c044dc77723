/**
 * Unsaved work in the browser's database: written after each gesture, before the server answers.
 *
 * Two stores: `work` holds the newest mask of a tile and its outbox; `edits` holds each edit once,
 * so that undo works after a reload. Without IndexedDB (private windows) nothing is stored.
 */

/** @typedef {import("./history.js").Edit} Edit */
/**
 * @typedef {object} Work
 * @property {string} key author and tile
 * @property {string} identity of the tile's image
 * @property {number} tile
 * @property {string} author
 * @property {number} base
 * @property {Uint8Array} mask
 * @property {boolean} sent whether the server has this mask
 * @property {string} [draft] hash of the server's draft it is based on; missing in work of earlier versions
 * @property {number} at ms since 1970
 * @property {number} dropped @property {number} position of the undo history
 * @property {import("./types.js").Command[]} outbox
 */

const KEPT_DAYS = 14;

export class Drafts {
  /** @param {string} name of the database */
  constructor(name) {
    this.name = name;
    /** @type {Promise<IDBDatabase | null> | null} */
    this.opening = null;
  }

  /** @returns {Promise<IDBDatabase | null>} null if the browser refuses */
  database() {
    this.opening ??= new Promise((resolve) => {
      const request = indexedDB.open(this.name, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("work", { keyPath: "key" });
        request.result.createObjectStore("edits");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    });
    return this.opening;
  }

  /**
   * Run requests in one transaction.
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(work: IDBObjectStore, edits: IDBObjectStore) => IDBRequest<T> | null} action
   * @returns {Promise<T | undefined>} the result; undefined without a database
   */
  async run(mode, action) {
    const database = await this.database();
    if (!database) return undefined;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(["work", "edits"], mode);
      let request = /** @type {IDBRequest<T> | null} */ (null);
      try {
        request = action(transaction.objectStore("work"), transaction.objectStore("edits"));
        if (mode === "readwrite") transaction.commit?.(); // leaving the page would abort a waiting transaction
      } catch (error) {
        transaction.abort(); // all or nothing
        reject(error);
      }
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  }

  /**
   * Store a tile's work, and its newest edit if there is one.
   * @param {Work} work @param {Edit | null} edit @param {number} number of the edit, counted from the first
   */
  async put(work, edit, number) {
    await this.run("readwrite", (works, edits) => {
      if (edit) {
        edits.delete(IDBKeyRange.bound([work.key, number], [work.key, Infinity]));
        edits.put(edit, [work.key, number]);
        if (work.dropped) edits.delete(IDBKeyRange.bound([work.key, 0], [work.key, work.dropped - 1]));
      }
      return works.put(work);
    });
  }

  /** @param {string} key @returns {Promise<Work | undefined>} */
  async work(key) {
    return this.run("readonly", (works) => works.get(key));
  }

  /** @param {string} key @returns {Promise<Edit[]>} oldest first */
  async edits(key) {
    return (
      (await this.run("readonly", (_, edits) =>
        edits.getAll(IDBKeyRange.bound([key, 0], [key, Infinity])),
      )) ?? []
    );
  }

  /** @param {string} key */
  async forget(key) {
    await this.run("readwrite", (works, edits) => {
      edits.delete(IDBKeyRange.bound([key, 0], [key, Infinity]));
      return works.delete(key);
    });
  }

  /** All unsent work. @returns {Promise<Work[]>} */
  async unsent() {
    const all = /** @type {Work[]} */ ((await this.run("readonly", (works) => works.getAll())) ?? []);
    const oldest = Date.now() - KEPT_DAYS * 86400000;
    for (const work of all) if (work.sent && work.at < oldest) await this.forget(work.key);
    return all.filter((work) => !work.sent || work.outbox.length);
  }
}
