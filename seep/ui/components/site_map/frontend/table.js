/**
 * The table of sites, and the panel with the values and actions of the selected ones.
 *
 * @import { Change, PlaceDocument, SiteRow } from "./types.js"
 *
 * @typedef {object} Actions
 * @property {(number: number, more: boolean) => void} select
 * @property {(change: Change) => void} change
 * @property {() => void} move
 */

import { element } from "../../shared/dom.js";
import {
  areaText,
  driftText,
  lengthText,
  pathsText,
  positionText,
  rateText,
  scoreText,
  seenText,
  termsText,
} from "./text.js";

/** @type {[string, string, string, (site: SiteRow) => string | number, (site: SiteRow) => number | string][]} */
const COLUMNS = [
  ["number", "Site", "Number of the site", (site) => site.number, (site) => site.number],
  [
    "n",
    "Passes",
    "Passes with a slick that begins here, of the passes that cover it",
    (site) => `${site.n} of ${site.m}`,
    (site) => -site.n,
  ],
  ["rate", "Rate (95 %)", "Detection rate n / m with its Wilson interval", rateText, (site) => -site.rate],
  [
    "rank",
    "Rank",
    "Confidence of the analyst",
    (site) => site.rank || "–",
    (site) => ["high", "medium", "low", ""].indexOf(site.rank),
  ],
  [
    "score",
    "Score",
    "Class and weighted mean of what speaks for a seep; select a site to see the terms",
    scoreText,
    (site) => -(site.score.value ?? -1),
  ],
  [
    "first",
    "First seen",
    "First pass with a slick",
    (site) => seenText(site.first_seen),
    (site) => site.first_seen ?? "",
  ],
  [
    "last",
    "Last seen",
    "Last pass with a slick",
    (site) => seenText(site.last_seen),
    (site) => site.last_seen ?? "",
  ],
  [
    "drift",
    "Drift",
    "Mean direction of the slicks, degrees clockwise from the top, and its spread",
    driftText,
    (site) => site.drift_deg ?? 999,
  ],
  [
    "paths",
    "Paths",
    "Slicks whose path back by wind and currents passes the site, of those with a clear drift",
    pathsText,
    (site) => -(site.paths?.known ? site.paths.agree / site.paths.known : -1),
  ],
  ["area", "Area", "Median area of the slicks", areaText, (site) => -(site.area_px ?? 0)],
  ["length", "Length", "Median length of the slicks", lengthText, (site) => -(site.length_px ?? 0)],
  ["note", "Note", "Note of the analyst", (site) => site.note, (site) => site.note || "\uffff"],
];

export class SiteTable {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.order = "number";
    /** @type {PlaceDocument | null} */
    this.place = null;
    /** @type {ReadonlySet<number>} */
    this.selected = new Set();
    this.body = element("tbody");
    this.heads = COLUMNS.map(([key, label, help]) =>
      element(
        "th",
        { scope: "col", class: key, title: help },
        element("button", { type: "button", onclick: () => this.sort(key) }, label),
      ),
    );
    this.table = element(
      "table",
      { "aria-label": "Sites" },
      element("thead", {}, element("tr", {}, ...this.heads)),
      this.body,
    );
    this.scroll = element(
      "div",
      { class: "table", role: "region", tabIndex: 0, "aria-label": "Table of sites" },
      this.table,
    );
    this.panel = element("div", { class: "panel" });
    this.root = element("div", { class: "side" }, this.scroll, this.panel);
  }

  /** @param {string} key */
  sort(key) {
    this.order = key;
    if (this.place) this.show(this.place, this.selected);
  }

  /** @param {PlaceDocument} place @param {ReadonlySet<number>} selected */
  show(place, selected) {
    this.place = place;
    this.selected = selected;
    const value =
      COLUMNS.find(([key]) => key === this.order)?.[4] ?? ((/** @type {SiteRow} */ site) => site.number);
    const rows = [...place.sites].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      return a < b ? -1 : a > b ? 1 : one.number - other.number;
    });
    this.table.classList.toggle("timeless", !place.times_known);
    this.table.classList.toggle("pathless", !place.sites.some((site) => site.paths));
    this.heads.forEach((head, i) =>
      head.setAttribute("aria-sort", COLUMNS[i]?.[0] === this.order ? "ascending" : "none"),
    );
    this.body.replaceChildren(...rows.map((site) => this.row(site)));
    this.panel.replaceChildren(...this.details());
  }

  /** @param {SiteRow} site */
  row(site) {
    const chosen = this.selected.has(site.number);
    const cells = COLUMNS.map(([key, , , text]) =>
      key === "number"
        ? element(
            "td",
            {},
            element(
              "button",
              {
                type: "button",
                class: "number",
                "aria-pressed": String(chosen),
                "aria-label": `Site ${site.number}`,
              },
              String(site.number),
            ),
          )
        : element("td", { class: key }, String(text(site))),
    );
    const select = (/** @type {MouseEvent} */ event) =>
      this.actions.select(site.number, event.ctrlKey || event.metaKey || event.shiftKey);
    return element(
      "tr",
      { class: chosen ? "chosen" : "", "data-site": String(site.number), onclick: select },
      ...cells,
    );
  }

  /** Bring the row of a site into the visible part of the table. @param {number} number */
  reveal(number) {
    this.body.querySelector(`[data-site="${number}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** @returns {HTMLElement[]} */
  details() {
    const place = this.place;
    const chosen = place?.sites.filter((site) => this.selected.has(site.number)) ?? [];
    if (!place || !chosen.length) {
      const text = place?.sites.length
        ? "Select a site on the map or in the table. Ctrl-click selects several."
        : "";
      return [element("p", { class: "hint" }, text)];
    }
    if (chosen.length > 1) {
      const numbers = chosen.map((site) => site.number);
      return [
        element("strong", {}, `Sites ${numbers.join(", ")}`),
        element(
          "div",
          { class: "actions" },
          this.button("Merge sites", "Make them one site: slicks that begin at any of them belong to it.", {
            action: "merge",
            sites: numbers,
          }),
        ),
      ];
    }
    const [site] = chosen;
    return site ? this.one(place, site) : [];
  }

  /** @param {PlaceDocument} place @param {SiteRow} site @returns {HTMLElement[]} */
  one(place, site) {
    const off = place.denied !== null;
    const change = (/** @type {Change} */ values) => this.actions.change({ sites: [site.number], ...values });
    const rank = element(
      "select",
      {
        disabled: off,
        title: place.denied ?? "",
        onchange: (/** @type {Event} */ event) =>
          change({ action: "rank", rank: /** @type {HTMLSelectElement} */ (event.target).value }),
      },
      ...["", "high", "medium", "low"].map((one) =>
        element("option", { value: one, selected: one === site.rank }, one || "Not ranked"),
      ),
    );
    const note = element("input", {
      type: "text",
      value: site.note,
      maxLength: 4000,
      disabled: off,
      placeholder: "Note",
      onchange: (/** @type {Event} */ event) =>
        change({ action: "note", note: /** @type {HTMLInputElement} */ (event.target).value }),
    });
    const seen = place.times_known ? [`First seen ${seenText(site.first_seen)}`] : [];
    const paths = site.paths ? ` · paths agree: ${pathsText(site)}` : "";
    const by = site.changed_by ? ` · changed by ${site.changed_by}, ${seenText(site.changed_at)}` : "";
    return [
      element(
        "div",
        { class: "line" },
        element("strong", {}, `Site ${site.number}`),
        element("span", {}, positionText(site) + paths + by),
      ),
      element(
        "div",
        { class: "line" },
        element(
          "span",
          {},
          [...seen, `Median area ${areaText(site)}`, `median length ${lengthText(site)}`].join(" · "),
        ),
      ),
      element("div", { class: "line score" }, element("span", { title: termsText(site) }, termsText(site))),
      element(
        "div",
        { class: "line" },
        element("label", {}, "Rank ", rank),
        element("label", { class: "wide" }, "Note ", note),
      ),
      element(
        "div",
        { class: "actions" },
        element(
          "button",
          {
            type: "button",
            disabled: off,
            title: place.denied ?? "Click the new position on the map.",
            onclick: () => this.actions.move(),
          },
          "Move",
        ),
        this.button("Split", "Divide it by the two groups of points where its slicks begin.", {
          action: "split",
          sites: [site.number],
        }),
        this.button("Not a site", "Remove it. It does not appear again, and Undo restores it.", {
          action: "remove",
          sites: [site.number],
        }),
      ),
    ];
  }

  /** @param {string} label @param {string} help @param {Change} change */
  button(label, help, change) {
    const denied = this.place?.denied ?? null;
    return element(
      "button",
      {
        type: "button",
        title: denied ?? help,
        disabled: denied !== null,
        onclick: () => this.actions.change(change),
      },
      label,
    );
  }
}
