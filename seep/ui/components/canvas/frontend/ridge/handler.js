/** Handles requests to the tracer, in a worker or in the page. */
import { RidgeTracer } from "./tracer.js";

/** @typedef {import("./tracer.js").Node} Node */
/** @typedef {import("./tracer.js").Traced} Traced */
/**
 * image: the image of the following requests; warm: a point to compute costs around; trace: nodes to connect, answered
 * with the same number.
 * @typedef {{type: "image", image: import("./values.js").Image} | {type: "warm", at: import("../types.js").Point}
 *   | {type: "trace", number: number, nodes: Node[], fixed: number | null}} TracerRequest
 * @typedef {{number: number, traced: Traced}} Answer
 */

/** @returns {(request: TracerRequest) => Answer | null} keeps the image and its cached costs */
export function createHandler() {
  /** @type {RidgeTracer | null} */
  let tracer = null;
  return (request) => {
    if (request.type === "image") tracer = new RidgeTracer(request.image);
    else if (request.type === "warm") tracer?.warm(request.at);
    else if (tracer) {
      const { number, nodes, fixed } = request;
      return { number, traced: tracer.trace(nodes, fixed) };
    }
    return null;
  };
}
