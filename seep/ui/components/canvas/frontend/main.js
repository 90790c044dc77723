/**
 * Entry point of the Streamlit component, and the only module that knows Streamlit.
 *
 * The default export runs at mount and at each rerun; the function it returns runs at unmount. State that must survive
 * an unmount (open tiles, unsent work) is stored in this module, once per server address.
 */
import { setStates } from "../../shared/states.js";
import { Api } from "./api.js";
import { Drafts } from "./drafts.js";
import { pullInto } from "./merge.js";
import { Library } from "./library.js";
import { closeConnectionDialogs } from "./connection_dialog.js";
import { Review } from "./review.js";
import { Saver } from "./saver.js";
import { setAboutSeeps } from "../../shared/words.js";

/** @typedef {import("./review.js").Data} Data */
/** @typedef {import("./review.js").Shared} Shared */
/**
 * @typedef {object} Component What Streamlit passes to a component.
 * @property {Data} data
 * @property {ShadowRoot | HTMLElement} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue for one run of the page
 */

const REPORT_MS = 3000; // a report reruns the page: wait for a pause between decisions

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
    saver.listeners.add(
      (event, tile, joined) => event === "joined" && void pullInto(library, saver, joined, tile.author),
    );
    found = { library, saver, lastId: null };
    shared.set(base, found);
    guardUnsentWork(saver);
  }
  return found;
}

/** Ask before the page closes with unsent work. @param {Saver} saver */
function guardUnsentWork(saver) {
  window.addEventListener("beforeunload", (event) => {
    if (!saver.unsent().length) return;
    saver.flush();
    event.preventDefault();
  });
  window.addEventListener("online", () => saver.flush());
  document.addEventListener("visibilitychange", () => document.hidden && saver.flush());
}

/** @param {Component} component @returns {() => void} */
export default function review({ data, parentElement, setStateValue, setTriggerValue }) {
  setStates(data.states);
  setAboutSeeps(data.about_seeps);
  const before = mounted.get(parentElement);
  if (before) {
    before.update(data);
  } else {
    let timer = 0;
    const report = (/** @type {number | null} */ tile, /** @type {string} */ stage) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setStateValue("review", { tile, stage }), REPORT_MS);
    };
    const changeQueue = (/** @type {string} */ order, /** @type {string} */ text) =>
      setTriggerValue("queue", { order, text });
    mounted.set(parentElement, new Review(parentElement, sharedOf(data.base_url), data, report, changeQueue));
  }
  const end = closeConnectionDialogs();
  return () => {
    end();
    mounted.get(parentElement)?.destroy();
    mounted.delete(parentElement);
  };
}
