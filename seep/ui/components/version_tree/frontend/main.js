/** Mounts the tree of versions. @import { TreeData } from "./types.js" @import { Streamlit } from "../../shared/mount.js" */

import { mountable } from "../../shared/mount.js";
import { Tree } from "./tree.js";

export default mountable(
  (/** @type {Streamlit<TreeData>} */ { parentElement, data, setStateValue }) =>
    new Tree(parentElement, data, (ids) => setStateValue("selected", ids)),
);
