/** The brush: idle -> painting -> idle. The pixels between two events are painted too. */
import { emptySketch } from "../types.js";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function brush(editor) {
  return stroking(editor, (from, to, value) => editor.paint(from, to, value));
}

/**
 * A tool that works along the way of the pointer.
 * @param {import("../editor.js").Editor} editor
 * @param {(from: import("../types.js").Point, to: import("../types.js").Point, value: number) => void} paint
 * @returns {import("../types.js").Tool}
 */
export function stroking(editor, paint) {
  /** @type {{at: import("../types.js").Point, value: number} | null} */
  let painting = null;
  return {
    down(at, value) {
      if (!editor.begin()) return;
      painting = { at, value };
      paint(at, at, value);
    },
    move(points) {
      if (!painting) return;
      for (const point of points) {
        paint(painting.at, point, painting.value);
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
    sketch: emptySketch,
  };
}

/** The eraser: a brush of class 0. @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function eraser(editor) {
  const painter = brush(editor);
  return { ...painter, down: (at, _value, held) => painter.down(at, 0, held) };
}
