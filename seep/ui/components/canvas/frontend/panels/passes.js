/** The strip of passes beside the image: thumbnails by date, and the sites on the tile with their evidence. */
import { stateOf } from "../../../shared/states.js";
import { distanceText, nearestText } from "../../../shared/nearest.js";
import { plural } from "../../../shared/format.js";
import { element, icon, updateChildren } from "../../../shared/dom.js";
import { colorOf, drawThumbnail } from "../render/passes.js";
import { thumbnailSize } from "../api.js";
import { iconButton } from "./buttons.js";
import { rovingTabIndex } from "./roving.js";
import { worded } from "../../../shared/words.js";

/** @typedef {import("../types.js").TilePass} TilePass */
/** @typedef {import("../types.js").TileSite} TileSite */
/** @typedef {import("../controllers/passes.js").Known} Known */

/**
 * @param {(action: string) => void} act @param {(action: string) => string} keyOf
 * @param {(id: number | null) => void} choose show a pass in the canvas; null for the tile itself
 * @returns {{node: HTMLElement, badge: HTMLElement, show: (data: import("../review.js").Data, editor: import("../editor.js").Editor, known: Known | null, wanted: number | null, nearest: import("../controllers/passes.js").NearestSite | null) => void}}
 */
export function passPanel(act, keyOf, choose) {
  const list = element("ol", { class: "list", "aria-label": "Passes by date" });
  const refresh = rovingTabIndex(list);
  const sites = element("div", { class: "sites" });
  const none = element("p", { class: "faint none" });
  const outlines = iconButton("polyline", "Outlines of the other passes", keyOf("passOutlines"), () =>
    act("passOutlines"),
  );
  const fold = iconButton("chevron_right", "Hide passes", keyOf("passes"), () => act("passes"));
  const count = element("span", { class: "faint" });
  const head = element("h2", {}, element("span", {}, "Passes ", count), outlines, fold);
  const body = element("div", { class: "tabled" }, none, list, sites);
  const node = element("aside", { class: "passes", "aria-label": "Passes" }, head, body);
  const badge = element("div", { class: "badge", role: "status", hidden: true });
  return {
    node,
    badge,
    show(data, editor, known, wanted, nearest) {
      const { display, shownPass, tile } = editor;
      if (!editor.inGesture()) node.hidden = !isStripShown(node.hidden, data.has_places, known);
      node.classList.toggle("closed", !display.passes);
      const words = display.passes ? "Hide passes" : "Show passes";
      fold.setAttribute("aria-label", words);
      fold.dataset.tip = `${words}  ${keyOf("passes")}`;
      fold.setAttribute("aria-expanded", String(display.passes));
      fold.firstElementChild?.replaceChildren(display.passes ? "chevron_right" : "chevron_left");
      outlines.setAttribute("aria-pressed", String(display.passOutlines));
      badge.hidden = !shownPass;
      badge.textContent = shownPass
        ? `Pass ${shownPass.pass.label}, read-only. ${keyOf("blink")} or Esc shows the tile.`
        : "";
      if (!display.passes) return;
      const passes = (known?.passes ?? []).map((one) =>
        one.current && tile ? { ...one, state: tile.info.state } : one,
      );
      none.hidden = passes.length > 0;
      none.textContent = tile ? "Loading the passes…" : "";
      count.textContent = passes.length ? String(passes.length) : "";
      updateChildren(
        list,
        JSON.stringify([
          tile?.id,
          passes.map((one) => [one.scene_id, one.state, one.masked, one.slicks, one.reviewed]),
        ]),
        () => passes.map((one) => row(one, colorOf(passes, one), choose)),
      );
      for (const item of /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)) {
        const pass = passes.find((one) => String(one.scene_id) === item.dataset.pass);
        const pixels = pass && known?.thumbnails.get(pass.scene_id);
        if (!pass || !tile) continue;
        const current = String(wanted === null ? pass.current : pass.scene_id === wanted);
        if (item.ariaCurrent !== current && current === "true") item.scrollIntoView({ block: "nearest" });
        item.ariaCurrent = current;
        const canvas = item.querySelector("canvas");
        if (!canvas || !pixels || item.dataset.drawn) continue;
        item.dataset.drawn = "true";
        drawThumbnail(canvas, pixels, thumbnailSize(tile.info), tile.info, pass, colorOf(passes, pass));
      }
      refresh();
      const first = (/** @type {TileSite} */ one) => Number(one.number === nearest?.number);
      const shown = [...(known?.sites ?? [])].sort(
        (one, other) => first(other) - first(one) || other.n - one.n,
      );
      const distance = nearest ? lengthText(nearest.distancePx, tile?.info.pixel_m) : "";
      updateChildren(sites, JSON.stringify([known?.place, shown, nearest?.number, distance]), () =>
        shown.map((one) => card(one, known?.place ?? "", data.base_url, first(one) ? distance : "")),
      );
    },
  };
}

/**
 * @param {boolean} hidden whether the strip is hidden now; kept while the passes load, so that the image does not jump
 * @param {boolean} hasPlaces whether the workspace has a place @param {Known | null} known passes of the tile
 * @returns {boolean} whether to show the strip: a tile without other passes has none
 */
export function isStripShown(hidden, hasPlaces, known) {
  if (!hasPlaces) return false;
  return known ? known.passes.length > 0 : !hidden;
}

/** @param {Pick<TilePass, "slicks" | "reviewed" | "masked">} pass @returns {string} "2 slicks, unreviewed" */
export function slicksText({ slicks, reviewed, masked }) {
  if (!slicks) return masked ? worded("no slick") : "no mask";
  return `${plural(slicks, worded("slick"))}${reviewed ? "" : ", unreviewed"}`;
}

/** @param {TilePass} pass @param {string} color @param {(id: number | null) => void} choose @returns {HTMLElement} */
function row(pass, color, choose) {
  const state = stateOf(pass.state);
  const label = (state?.label ?? "").toLowerCase();
  const lines = element(
    "span",
    { class: "what" },
    element("b", {}, element("i", { style: `background:${color}` }), pass.label),
    element("small", { style: `color:${state?.color_dark ?? ""}` }, icon(state?.icon ?? ""), label),
    element("small", {}, pass.current ? "this tile" : slicksText(pass)),
  );
  const onclick = () => choose(pass.current ? null : pass.scene_id);
  const button = element(
    "button",
    { type: "button", tabIndex: -1, title: `${pass.name}: ${worded("slicks of 30 px or more")}`, onclick },
    element("canvas", { "aria-hidden": "true" }),
    lines,
  );
  return element("li", { "data-pass": String(pass.scene_id) }, button);
}

/**
 * @param {TileSite} site @param {string} place @param {string} base @param {string} distance from the highlighted slick, "" for other sites
 * @returns {HTMLElement} the evidence of a site
 */
function card(site, place, base, distance) {
  const address = `${base}/sites?place=${encodeURIComponent(place)}&site=${site.number}`;
  const seen =
    site.first_seen === site.last_seen
      ? site.first_seen
      : `${day(site.first_seen)} to ${day(site.last_seen)}`;
  return element(
    "section",
    { class: "evidence", "aria-label": `Site ${site.number}` },
    element("b", {}, `Site ${site.number}`, element("span", { class: "faint" }, site.rank)),
    distance && element("em", {}, `Nearest to the selected slick: ${distance}`),
    element("span", {}, `Slick in ${site.n} of ${plural(site.m, "pass", "passes")}`),
    site.n > 0 && element("small", {}, seen ?? ""),
    site.conditions && element("small", { title: "Wind and incidence angle of this pass" }, site.conditions),
    ...site.nearest.map((one) => element("small", {}, nearestText(one))),
    site.note && element("q", {}, site.note),
    element("a", { href: address, target: "_self" }, "Open in Sites"),
  );
}

/** @param {number} distancePx @param {number | null | undefined} pixelM @returns {string} "12 px", or "480 m" where the pixel size is known */
function lengthText(distancePx, pixelM) {
  return pixelM ? distanceText((distancePx * pixelM) / 1000) : `${Math.round(distancePx)} px`;
}

/** @param {string | null} time @returns {string} its date; a name of a pass stays */
function day(time) {
  return time && /^\d{4}-\d\d-\d\dT/.test(time) ? time.slice(0, 10) : (time ?? "");
}
