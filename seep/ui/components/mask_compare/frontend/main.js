/** Mounts the comparison of masks. @import { CompareData } from "./types.js" @import { Streamlit } from "../../shared/mount.js" */

import { mountable } from "../../shared/mount.js";
import { MaskCompare } from "./compare.js";

export default mountable(
  (/** @type {Streamlit<CompareData>} */ { parentElement, data, setTriggerValue }) =>
    new MaskCompare(parentElement, data, (tile) => setTriggerValue("open", tile)),
);
