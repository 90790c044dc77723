/** The fill: one click gives the connected area under it the chosen class. */

/** @param {import("../editor.js").Editor} editor @returns {import("./brush.js").Tool} */
export function fill(editor) {
  return {
    down(at, value) {
      if (!editor.begin()) return;
      editor.flood(at, value);
      editor.commit();
    },
    move() {},
    up() {},
    cancel() {},
    outline: () => [],
  };
}
