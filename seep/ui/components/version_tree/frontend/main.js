/**
 * Where Streamlit and the tree of versions meet: called at mount and whenever the data or the theme change.
 *
 * @import { Streamlit } from "./types.js"
 */

import { Tree } from "./tree.js";

/** @type {WeakMap<object, Tree>} */
const trees = new WeakMap();

/**
 * @param {Streamlit} streamlit
 * @returns {() => void} what to do at unmount
 */
export default function draw(streamlit) {
  const { parentElement, data, setStateValue } = streamlit;
  /** @param {number[]} ids */
  const select = (ids) => setStateValue("selected", ids);
  const tree = trees.get(parentElement) ?? new Tree(parentElement, data, select);
  tree.select = select;
  trees.set(parentElement, tree);
  tree.update(data);
  return () => {
    tree.root.remove();
    trees.delete(parentElement);
  };
}
