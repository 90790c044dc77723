/**
 * The brush: idle -> painting -> idle. The pixels between two events are painted too.
 *
 * @typedef {import("../types.js").Point} Point
 * @typedef {object} Tool A small state machine, driven by the pointer.
 * @property {(at: Point, value: number) => void} down
 * @property {(points: Point[]) => void} move
 * @property {() => void} up
 * @property {() => void} cancel back to idle, nothing changed
 * @property {() => Point[]} outline what to draw of an unfinished gesture
 */

/** @param {import("../editor.js").Editor} editor @returns {Tool} */
export function brush(editor) {
  /** @type {{at: Point, value: number} | null} */
  let painting = null;
  return {
    down(at, value) {
      if (!editor.begin()) return;
      painting = { at, value };
      editor.paint(at, at, value);
    },
    move(points) {
      if (!painting) return;
      for (const point of points) {
        editor.paint(painting.at, point, painting.value);
        painting.at = point;
      }
    },
    up() {
      if (painting) editor.commit();
      painting = null;
    },
    cancel() {
      if (painting) editor.cancel();
      painting = null;
    },
    outline: () => [],
  };
}
