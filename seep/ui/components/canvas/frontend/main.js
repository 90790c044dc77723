/**
 * Where Streamlit hands over: the only module that knows it.
 *
 * The default export runs at mount and whenever the page ran again; what it returns runs at unmount. What must
 * outlive that (open tiles, what is not sent yet) is kept by this module, once for each address of the server.
 */
import { setStates } from "../../shared/states.js";
import { Api } from "./api.js";
import { Drafts } from "./drafts.js";
import { pullInto } from "./merge.js";
import { Library } from "./library.js";
import { closeConnectionDialogs } from "./connection_dialog.js";
import { Review } from "./review.js";
import { Saver } from "./saver.js";

/** @typedef {import("./review.js").Data} Data */
/** @typedef {import("./review.js").Shared} Shared */
/**
 * @typedef {object} Component What Streamlit passes to a component.
 * @property {Data} data
 * @property {ShadowRoot | HTMLElement} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue
 */

const REPORT_MS = 3000; // a report makes the page run again: rarely, and not while decisions follow each other

/** @type {Map<string, Shared>} */
const shared = new Map();
/** @type {WeakMap<Node, Review>} */
const mounted = new WeakMap();

/** @param {string} base @returns {Shared} */
function sharedOf(base) {
  let found = shared.get(base);
  if (!found) {
    const api = new Api(base);
    const drafts = new Drafts(`seep${base}`);
    const library = new Library(api, drafts);
    const saver = new Saver(api, drafts);
    saver.listeners.add((event, tile, joined) => event === "joined" && void pullInto(library, saver, joined, tile.author));
    found = { library, saver, lastId: null };
    shared.set(base, found);
    leaveCarefully(saver);
  }
  return found;
}

/** @param {Saver} saver Nothing unsent is left behind without a question. */
function leaveCarefully(saver) {
  window.addEventListener("beforeunload", (event) => {
    if (!saver.unsent().length) return;
    saver.flush();
    event.preventDefault();
  });
  window.addEventListener("online", () => saver.flush());
  document.addEventListener("visibilitychange", () => document.hidden && saver.flush());
}

/** @param {Component} component @returns {() => void} */
export default function review({ data, parentElement, setStateValue }) {
  setStates(data.states);
  const before = mounted.get(parentElement);
  if (before) {
    before.update(data);
  } else {
    let timer = 0;
    const report = (/** @type {number | null} */ tile, /** @type {string} */ stage) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setStateValue("review", { tile, stage }), REPORT_MS);
    };
    mounted.set(parentElement, new Review(parentElement, sharedOf(data.base_url), data, report));
  }
  const end = closeConnectionDialogs();
  return () => {
    end();
    mounted.get(parentElement)?.destroy();
    mounted.delete(parentElement);
  };
}
