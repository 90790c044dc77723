/**
 * Cache of open tiles by id. Tiles are loaded once, prefetched, and survive page switches and remounts.
 *
 * It merges the browser's storage with the server's answer: unsent work takes precedence, and undo is restored.
 */
import { RequestError } from "../../shared/api.js";
import { dateTime, parseTime, plural } from "../../shared/format.js";
import { percentileLimits } from "./contrast.js";
import { History } from "./history.js";
import { onlyNeighborSaves } from "./merge.js";
import { differing } from "./regions.js";
import { bandOf } from "./encoding.js";
import { NO_NOTICE } from "./types.js";

/** @typedef {import("./types.js").OpenTile} OpenTile */
/** @typedef {import("./types.js").TileDocument} TileDocument */
/** @typedef {import("./drafts.js").Work} Work */

const LOST = 410; // HTTP: gone
const MAX_CLEAN = 12; // clean tiles in memory; unsent ones are never evicted

/** @param {number} id @param {string} author @returns {string} */
export function keyOf(id, author) {
  return `${author}\n${id}`;
}

/** @param {Promise<Uint8Array>} mask @returns {Promise<Uint8Array | null>} null if the server has lost the file */
async function nullIfLost(mask) {
  return mask.catch((error) => {
    if (error instanceof RequestError && error.status === LOST) return null;
    throw error;
  });
}

/** @param {string} name @param {boolean} predicted @returns {string} */
function lostMaskText(name, predicted) {
  const instead = predicted ? "The prediction" : "An empty mask";
  return `The mask file of ${name} is missing or damaged. ${instead} is shown instead. Saving creates a new version.`;
}

/**
 * Choose the mask and the history that a tile opens with.
 * @param {TileDocument} info @param {Uint8Array} mask of the server @param {Work | undefined} work of the browser
 * @param {string} identity
 * @returns {"server" | "unsent" | "undo"} unsent: the browser's mask; undo: the server's, with the browser's undo
 */
export function chooseStart(info, mask, work, identity) {
  if (!work || work.identity !== identity || work.mask.length !== info.width * info.height) return "server";
  if (!work.sent || work.outbox.length) return "unsent";
  return differing(mask, work.mask) ? "server" : "undo";
}

/**
 * Report a conflict at once if the draft is based on an older revision: the server would refuse to save it. With a
 * command in the outbox, the newest revision may be that command itself, so the server decides. The analyst's own saves
 * on overlapping tiles are merged and are no conflict.
 * @param {OpenTile} tile
 */
function findConflict(tile) {
  const { head, history } = tile.info;
  if (!head || head.id === tile.base || tile.save.outbox.length) return;
  if (onlyNeighborSaves(history, tile.base, tile.author)) return;
  tile.conflict = {
    revision: head.id,
    author: head.author,
    at: head.created_at,
    theirs: null,
    before: null,
    shown: "mine",
    prefer: "mine",
  };
  tile.save.status = "conflict";
}

export class Library {
  /** @param {import("./api.js").Api} api @param {import("./drafts.js").Drafts} drafts */
  constructor(api, drafts) {
    this.api = api;
    this.drafts = drafts;
    /** @type {Map<string, Promise<OpenTile>>} */
    this.loading = new Map();
    /** @type {Map<string, OpenTile>} */
    this.tiles = new Map();
    /** The tile on screen; never evicted. @type {OpenTile | null} */
    this.openTile = null;
  }

  /** @param {number} id @param {string} author @returns {OpenTile | undefined} if it is in memory */
  cached(id, author) {
    return this.tiles.get(keyOf(id, author));
  }

  /** @param {number} id @param {string} author @returns {Promise<OpenTile | undefined>} if it is in memory or being loaded */
  async cachedOrLoading(id, author) {
    const loading = this.loading.get(keyOf(id, author));
    return (await loading?.catch(() => undefined)) ?? this.cached(id, author);
  }

  /** @param {number} id @param {string} author @returns {Promise<OpenTile>} */
  open(id, author) {
    const key = keyOf(id, author);
    const tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key); // most recently used last
      this.tiles.set(key, tile);
      return Promise.resolve(tile);
    }
    let loading = this.loading.get(key);
    if (!loading) {
      loading = this.load(id, author).then((loaded) => {
        this.tiles.set(key, loaded);
        this.evict();
        return loaded;
      });
      loading.finally(() => this.loading.delete(key)).catch(() => {});
      this.loading.set(key, loading);
    }
    return loading;
  }

  evict() {
    const isIdle = (/** @type {OpenTile} */ tile) => tile.save.status === "clean" && !tile.history.open;
    const idle = [...this.tiles].filter(([, tile]) => tile !== this.openTile && isIdle(tile));
    for (const [key] of idle.slice(0, Math.max(idle.length - MAX_CLEAN, 0))) this.tiles.delete(key);
  }

  /**
   * Load the tile again if the server has a newer version.
   * @param {OpenTile} tile
   * @param {{inGesture?: () => boolean, joined?: () => void}} [on] inGesture: whether a
   *   gesture is in progress; joined: called if only the analyst's saves on overlapping tiles are newer
   * @returns {Promise<OpenTile>} the same tile if nothing else is newer, or if work on it began while loading
   */
  async refresh(tile, { inGesture = () => false, joined = () => {} } = {}) {
    const { version } = tile.save;
    const { base } = tile;
    const busy = () =>
      tile.save.status !== "clean" ||
      tile.save.version !== version ||
      tile.base !== base ||
      tile.history.open ||
      inGesture();
    const info = await this.api.document(tile.id, tile.author);
    const predicted = info.prediction?.id === tile.info.prediction?.id;
    const behind = predicted && onlyNeighborSaves(info.history, tile.base, tile.author);
    if (behind) joined();
    const same = predicted && (info.head?.id ?? 0) === (tile.info.head?.id ?? 0);
    if (behind || same || busy()) return tile;
    const newer = await this.load(tile.id, tile.author);
    if (busy() || this.cached(tile.id, tile.author) !== tile) return tile;
    const { view, contrast, band, pixels } = tile;
    if (newer.identity === tile.identity) Object.assign(newer, { view, contrast, band, pixels }); // keep the view
    if (info.head && info.head.id !== tile.info.head?.id && info.head.author !== tile.author) {
      newer.notice = {
        kind: "newer-version",
        text: `Showing a newer version, saved by ${info.head.author}.`,
      };
    }
    this.tiles.set(keyOf(tile.id, tile.author), newer);
    return newer;
  }

  /** @param {number} id @param {string} author @returns {Promise<OpenTile>} */
  async load(id, author) {
    const key = keyOf(id, author);
    const [info, image, work] = await Promise.all([
      this.api.document(id, author),
      this.api.image(id, author),
      this.drafts.work(key).catch(() => undefined),
    ]);
    const count = info.width * info.height;
    const prediction = info.prediction
      ? await nullIfLost(this.api.mask(`predictions/${info.prediction.id}/mask`, author, count))
      : null;
    const found = await nullIfLost(this.startMask(info, prediction, author));
    const start = found ?? prediction?.slice() ?? new Uint8Array(count);
    const identity = [info.name, info.width, info.height, image.etag, ...(info.blind ? ["blind"] : [])].join(
      "|",
    );
    const tile = this.assemble(info, author, image.pixels, start, prediction, identity);
    if (!found) tile.notice = { kind: "mask-missing", text: lostMaskText(info.name, prediction !== null) };
    const choice = chooseStart(info, start, work, identity);
    if (work && choice !== "server") await this.restoreWork(tile, work, choice, key);
    if (choice === "unsent" || info.start === "draft") findConflict(tile);
    return tile;
  }

  /** @param {TileDocument} info @param {Uint8Array | null} prediction @param {string} author */
  async startMask(info, prediction, author) {
    const count = info.width * info.height;
    if (info.start === "draft") return this.api.mask(`tiles/${info.id}/draft`, author, count);
    if (info.start === "revision" && info.head) {
      return this.api.mask(`revisions/${info.head.id}/mask`, author, count);
    }
    return info.start === "prediction" && prediction ? prediction.slice() : new Uint8Array(count);
  }

  /**
   * @param {TileDocument} info @param {string} author @param {import("./types.js").Pixels} raw
   * @param {Uint8Array} annotation @param {Uint8Array | null} prediction @param {string} identity
   * @returns {OpenTile}
   */
  assemble(info, author, raw, annotation, prediction, identity) {
    const pixels = bandOf(raw, info.bands, 0);
    const [low, high] = percentileLimits(pixels, info.nodata);
    const fromDraft = info.start === "draft" && info.draft;
    const saved = info.head?.kind === "import" ? null : info.head; // imported, not saved in the app
    const savedAt = fromDraft ? info.draft?.saved_at : saved?.created_at;
    return {
      id: info.id,
      author,
      identity,
      info,
      pixels,
      raw,
      band: 0,
      annotation,
      prediction,
      history: new History(annotation, info.width, info.height),
      base: (fromDraft ? info.draft?.base_revision_id : info.head?.id) ?? 0,
      contrast: { low, high, gamma: 1, invert: false },
      window: [low, high],
      view: null,
      save: {
        status: "clean",
        at: savedAt ? parseTime(savedAt) : null,
        reason: "",
        version: 0,
        sent: 0,
        draft: info.draft?.sha256 ?? "",
        outbox: [],
      },
      conflict: null,
      notice:
        fromDraft && savedAt
          ? { kind: "draft-open", text: `Your draft from ${dateTime(savedAt, Date.now())} is open.` }
          : NO_NOTICE,
    };
  }

  /**
   * The model's seep probability per pixel, 0 to 255; loaded at the first call.
   * @param {OpenTile} tile
   * @returns {Promise<Uint8Array | null>} null if none is stored or it could not be loaded
   */
  async probability(tile) {
    const { prediction } = tile.info;
    if (tile.probability === undefined) {
      tile.probability = null;
      const count = tile.annotation.length;
      if (prediction)
        tile.probability = await this.api.probability(prediction.id, tile.author, count).catch(() => null);
    }
    return tile.probability;
  }

  /** @param {OpenTile} tile @param {Work} work @param {"unsent" | "undo"} choice @param {string} key */
  async restoreWork(tile, work, choice, key) {
    const edits = await this.drafts.edits(key).catch(() => []);
    const whole = edits.length >= work.position;
    if (whole) {
      tile.history.edits = edits;
      tile.history.position = work.position;
      tile.history.dropped = work.dropped;
    }
    const undone = whole && work.position ? `; ${plural(work.position, "undo step")} available` : "";
    tile.notice = { ...tile.notice, text: tile.notice.text.replace(/\.$/, `${undone}.`) };
    if (choice !== "unsent") return;
    tile.annotation.set(work.mask);
    tile.base = work.base;
    tile.save.draft = work.draft ?? tile.save.draft;
    // Versions restart: a higher old version would mark new strokes as sent.
    const newest = (/** @type {Uint8Array | null} */ mask) => mask !== null && !differing(mask, work.mask);
    tile.save.outbox = work.outbox.map((command) => ({ ...command, version: Number(newest(command.mask)) }));
    tile.save.version = 1;
    tile.save.status = "waiting";
    const at = dateTime(new Date(work.at).toISOString(), Date.now());
    tile.notice = { kind: "work-restored", text: `Restored your unsaved work from ${at}${undone}.` };
  }
}
