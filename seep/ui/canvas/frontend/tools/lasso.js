/** The lasso: idle -> drawing -> idle; letting go closes the outline and fills it. */

/** @param {import("../editor.js").Editor} editor @returns {import("./brush.js").Tool} */
export function lasso(editor) {
  /** @type {import("../types.js").Point[]} */
  let points = [];
  let value = 0;
  return {
    down(at, chosen) {
      points = [at];
      value = chosen;
    },
    move(more) {
      if (points.length) points.push(...more);
    },
    up() {
      if (points.length > 2 && editor.begin()) {
        editor.fillOutline(points, value);
        editor.commit();
      }
      points = [];
    },
    cancel() {
      points = [];
    },
    outline: () => points,
  };
}
