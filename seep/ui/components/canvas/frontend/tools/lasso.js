/** The lasso: idle -> drawing -> idle; letting go closes the outline and fills it. */
/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function lasso(editor) {
  /** @type {import("../types.js").Point[]} */
  let points = [];
  let value = 0;
  let painted = false;
  return {
    down(at, chosen, held) {
      points = [at];
      value = chosen;
      painted = held.shift;
    },
    move(more) {
      if (points.length) points.push(...more);
    },
    up() {
      if (points.length > 2) editor.runEdit({ what: "polygon", points, value, painted });
      points = [];
    },
    cancel() {
      points = [];
    },
    sketch: () => ({ lines: points.length > 1 ? [{ points, closed: true }] : [], nodes: [], cells: null }),
  };
}
