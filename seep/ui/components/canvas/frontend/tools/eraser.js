/** The eraser: a brush of background, whatever class is chosen and whichever button is pressed. */
import { brush } from "./brush.js";

/** @param {import("../editor.js").Editor} editor @returns {import("../types.js").Tool} */
export function eraser(editor) {
  const painter = brush(editor);
  return { ...painter, down: (at, _value, held) => painter.down(at, 0, held) };
}
