/** The upload zones: the drop zones, the progress, and the rejected files. @import { Role, UploadData } from "./types.js" @import { Queue } from "./queue.js" @import { ZoneText } from "./text.js" */

import { attach, element } from "../../shared/dom.js";
import { fromDrop, fromInput } from "./files.js";
import { STYLE } from "./style.js";
import { failureText } from "../../shared/api.js";
import { integer, plural } from "../../shared/format.js";
import { grouped, limitsText, progressText, ZONES } from "./text.js";

const REASONS_AT_MOST = 50;

/**
 * @typedef {object} ZoneEvents
 * @property {(data: UploadData) => Queue} queueOf
 * @property {(queue: Queue) => void} settled all uploads have finished
 * @property {(data: UploadData) => Promise<void>} remove
 */

export class Zone {
  /**
   * @param {ShadowRoot | HTMLElement} parentElement
   * @param {UploadData} data
   * @param {ZoneEvents} events
   */
  constructor(parentElement, data, events) {
    this.data = data;
    this.events = events;
    this.queue = events.queueOf(data);
    this.what = element("span", { class: "what", role: "status", "data-testid": "upload-status" });
    this.bar = element("progress");
    this.cancel = button("Cancel", () => this.queue.cancel());
    this.remove = button("Remove all", () => void this.removeAll());
    this.refused = element("div", { class: "refused" });
    this.refused.setAttribute("role", "status");
    const found = ZONES[data.content];
    const zones = element("div", { class: found.length === 1 ? "zones one" : "zones" });
    zones.append(...found.map((one) => this.zone(one)));
    const line = element("div", { class: "line" });
    line.append(this.what, this.bar, this.cancel, this.remove);
    const limits = element("div", { class: "quiet" }, limitsText(data));
    const root = element("div", { class: "upload" });
    root.append(zones, limits, line, this.refused);
    attach(parentElement, STYLE, root);
    this.root = root;
  }

  /** Show the queue of an upload. @param {UploadData} data */
  update(data) {
    this.data = data;
    const queue = (this.queue = this.events.queueOf(data));
    queue.changed = (settled) => {
      this.show();
      if (settled) this.events.settled(queue);
    };
    this.show();
  }

  destroy() {
    this.queue.changed = () => {};
  }

  async removeAll() {
    try {
      await this.events.remove(this.data);
      this.queue.clear();
    } catch (error) {
      this.queue.refused.push(`The files could not be removed: ${failureText(error)}`);
    }
    this.queue.changed(true);
  }

  /** @param {ZoneText} text */
  zone(text) {
    const { role } = text;
    const zone = element("div", { class: "zone" });
    zone.dataset.role = role;
    const files = this.input(text, false);
    const buttons = element("div", { class: "buttons" });
    buttons.append(button("Choose files", () => files.click()));
    zone.append(
      element("strong", {}, text.title),
      element("span", { class: "quiet" }, text.target),
      buttons,
      element("span", { class: "quiet" }, text.kinds),
      files,
    );
    if (text.folders) {
      const folder = this.input(text, true);
      buttons.append(button("Choose folder", () => folder.click()));
      zone.append(folder);
    }
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
      this.queue.refused.push(
        "The browser could not read the dropped files. Choose them with the buttons instead.",
      );
      this.show();
    }
  }

  /** @param {ZoneText} text @param {boolean} folder @returns {HTMLInputElement} */
  input({ role, accept }, folder) {
    const input = element("input", {
      type: "file",
      multiple: true,
      webkitdirectory: folder,
      accept,
      tabIndex: -1,
      "aria-label": `${folder ? "Folder" : "Files"} of ${role}`,
    });
    input.addEventListener("change", () => {
      this.queue.add(fromInput(input.files ?? []), role);
      input.value = ""; // so that the same files can be chosen again
    });
    return input;
  }

  show() {
    const sums = this.queue.sums;
    const { taken, refused } = this.queue;
    this.what.dataset.ready = String(taken);
    this.root.dataset.sending = String(sums.sending);
    this.bar.hidden = this.cancel.hidden = !sums.sending;
    this.remove.hidden = sums.sending || !taken;
    this.bar.max = Math.max(1, sums.totalBytes);
    this.bar.value = sums.sentBytes;
    if (sums.sending) this.what.textContent = `${progressText(sums)}: ${sums.current}`;
    else
      this.what.textContent = `${taken ? plural(taken, "file") : "No files"} ready to ${this.data.content === "references" ? "add" : "import"}`;
    this.refused.hidden = !refused.length;
    if (!refused.length) return this.refused.replaceChildren();
    const list = element("ul");
    const reasons = grouped(refused);
    for (const { sentence, count } of reasons.slice(0, REASONS_AT_MOST))
      list.append(element("li", {}, count > 1 ? `${sentence} (and ${integer(count - 1)} more)` : sentence));
    this.refused.replaceChildren(`${integer(refused.length)} refused`, list);
  }
}

/** @param {string} label @param {() => void} action */
function button(label, action) {
  return element("button", { type: "button", onclick: action }, label);
}
