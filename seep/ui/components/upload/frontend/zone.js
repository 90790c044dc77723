/** What one sees: two zones, a line that says how far it is, what was refused. @import { Role, UploadData } from "./types.js" */

import { fromDrop, fromInput } from "./files.js";
import { Queue } from "./queue.js";
import { STYLE } from "./style.js";
import { grouped, progressText, sizeText, whole } from "./text.js";

const REASONS_AT_MOST = 50;

/**
 * @typedef {object} ZoneEvents
 * @property {(taken: number) => void} settled nothing is on its way any more
 * @property {() => void} remove
 */

export class Zone {
  /**
   * @param {ShadowRoot | HTMLElement} parentElement
   * @param {UploadData} data
   * @param {Queue} queue
   * @param {ZoneEvents} events
   */
  constructor(parentElement, data, queue, events) {
    this.queue = queue;
    this.events = events;
    this.what = make("span", "what");
    this.what.setAttribute("role", "status");
    this.bar = document.createElement("progress");
    this.cancel = button("Cancel", () => this.queue.cancel());
    this.remove = button("Remove all", () => this.events.remove());
    this.refused = make("div", "refused");
    this.refused.setAttribute("role", "status");
    const zones = make("div", "zones");
    zones.append(
      this.zone("images", "Images", "TIFF, PNG, JPEG, NumPy, a Sentinel-1 SAFE folder, or a zip of these"),
      this.zone("masks", "Masks (optional)", "Of the same names, or annotations: COCO, YOLO, GeoJSON, Label Studio, CVAT"),
    );
    const line = make("div", "line");
    line.append(this.what, this.bar, this.cancel, this.remove);
    const limits = make("div", "quiet", `Up to ${sizeText(data.file_bytes)} a file and ${sizeText(data.total_bytes)} of waiting uploads together. Files in a folder named masks or labels are taken as masks. What is not imported within a day is removed.`);
    const root = make("div", "upload");
    root.append(zones, limits, line, this.refused);
    const style = document.createElement("style");
    style.textContent = STYLE;
    parentElement.append(style, root);
    this.root = root;
    this.attach(queue);
  }

  /** Show another queue, or the same after a change of page. @param {Queue} queue */
  attach(queue) {
    this.queue = queue;
    queue.changed = (settled) => {
      this.show();
      if (settled) this.events.settled(queue.taken);
    };
    this.show();
  }

  /**
   * @param {Role} role
   * @param {string} title
   * @param {string} kinds
   */
  zone(role, title, kinds) {
    const zone = make("div", "zone");
    zone.dataset["role"] = role;
    const files = this.input(role, false);
    const folder = this.input(role, true);
    const buttons = make("div", "buttons");
    buttons.append(button("Choose files", () => files.click()), button("Choose a folder", () => folder.click()));
    zone.append(make("strong", "", title), make("span", "quiet", "Drop files, folders or a zip here"), buttons, make("span", "quiet", kinds), files, folder);
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer) void this.dropped(event.dataTransfer, role);
    });
    return zone;
  }

  /** @param {DataTransfer} transfer @param {Role} role */
  async dropped(transfer, role) {
    try {
      this.queue.add(await fromDrop(transfer), role);
    } catch {
      this.queue.refused.push("What was dropped cannot be read by the browser; choose the files with the buttons instead.");
      this.show();
    }
  }

  /** @param {Role} role @param {boolean} folder @returns {HTMLInputElement} */
  input(role, folder) {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = folder;
    input.tabIndex = -1;
    input.setAttribute("aria-label", `${folder ? "A folder" : "Files"} of ${role}`);
    input.addEventListener("change", () => {
      this.queue.add(fromInput(input.files ?? []), role);
      input.value = ""; // the same choice again is a choice
    });
    return input;
  }

  show() {
    const sums = this.queue.sums;
    const { taken, refused } = this.queue;
    this.root.dataset["sending"] = String(sums.sending);
    this.bar.hidden = this.cancel.hidden = !sums.sending;
    this.remove.hidden = sums.sending || !taken;
    this.bar.max = Math.max(1, sums.totalBytes);
    this.bar.value = sums.sentBytes;
    if (sums.sending) this.what.textContent = `${progressText(sums)}: ${sums.current}`;
    else this.what.textContent = taken ? `${whole(taken)} ${taken === 1 ? "file waits" : "files wait"} to be imported` : "No upload waits to be imported";
    this.refused.hidden = !refused.length;
    if (!refused.length) return this.refused.replaceChildren();
    const list = document.createElement("ul");
    const reasons = grouped(refused);
    for (const { sentence, count } of reasons.slice(0, REASONS_AT_MOST)) list.append(make("li", "", count > 1 ? `${sentence} (and ${whole(count - 1)} more)` : sentence));
    this.refused.replaceChildren(`${whole(refused.length)} refused`, list);
  }
}

/** @param {string} tag @param {string} className @param {string} [text] @returns {HTMLElement} */
function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** @param {string} label @param {() => void} action */
function button(label, action) {
  const made = /** @type {HTMLButtonElement} */ (make("button", "", label));
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}
