/**
 * Mounts the site map. View, hidden passes and selection of each place are kept while other pages are shown.
 *
 * @import { SiteData } from "./types.js"
 * @import { Streamlit } from "../../shared/mount.js"
 */

import { mountable } from "../../shared/mount.js";
import { SitePage } from "./page.js";

/** @type {import("./page.js").Memory} */
const memory = new Map();

export default mountable(
  (/** @type {Streamlit<SiteData>} */ { parentElement, data, setTriggerValue }) =>
    new SitePage(parentElement, data, (scene, x, y) => setTriggerValue("open", { scene, x, y }), memory),
);
