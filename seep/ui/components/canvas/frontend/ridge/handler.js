/** What the tracer's worker answers; the same without a worker. */
import { RidgeTracer } from "./tracer.js";

/** @typedef {import("./tracer.js").Node} Node */
/** @typedef {import("./tracer.js").Traced} Traced */
/**
 * image: the image that all that follows is about; warm: what is soon asked for lies around this point; trace: nodes
 * to be joined, answered under the same number.
 * @typedef {{type: "image", image: import("./values.js").Image} | {type: "warm", at: import("../types.js").Point}
 *   | {type: "trace", number: number, nodes: Node[], fixed: number | null}} Question
 * @typedef {{number: number, traced: Traced}} Answer
 */

/** @returns {(question: Question) => Answer | null} remembers the image and what was computed of it */
export function createHandler() {
  /** @type {RidgeTracer | null} */
  let tracing = null;
  return (question) => {
    if (question.type === "image") tracing = new RidgeTracer(question.image);
    else if (question.type === "warm") tracing?.warm(question.at);
    else if (tracing) {
      const { number, nodes, fixed } = question;
      return { number, traced: tracing.trace(nodes, fixed) };
    }
    return null;
  };
}
