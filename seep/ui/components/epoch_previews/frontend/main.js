/** Mounts the epoch previews. @import { PreviewData } from "./types.js" @import { Streamlit } from "../../shared/mount.js" */

import { mountable } from "../../shared/mount.js";
import { EpochPreviews } from "./previews.js";

export default mountable(
  (/** @type {Streamlit<PreviewData>} */ { parentElement, data, setTriggerValue }) =>
    new EpochPreviews(parentElement, data, (id) => setTriggerValue("open", id)),
);
