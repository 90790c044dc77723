/** What is answered beside the page, or in it where the tile is small. */
import { LocalMeans, similarPixels, robustSigma } from "../similar.js";
import { applyEdit } from "./edits.js";
import { selectAt, outlineSelection } from "./slicks.js";

/** @typedef {import("./edits.js").Image} Image */
/** @typedef {{size: number, start: number, measure: "sigmas" | "raw", amount: number, connected: boolean, limit: number}} SimilarQuery */
/**
 * image: what all that follows is about; warm: `alike` with this smoothing will soon be asked for; the others are
 * answered.
 * @typedef {{type: "image", image: Image}
 *   | {type: "warm", size: number}
 *   | {type: "edit", mask: Uint8Array, job: import("./edits.js").Job}
 *   | {type: "alike"} & SimilarQuery
 *   | {type: "outline"} & import("./slicks.js").SlickQuery
 *   | {type: "hit", place: import("../types.js").Rect, toggle: boolean} & import("./slicks.js").SlickQuery} Question
 */

/** @returns {(question: Question) => any} remembers the image and what was computed of it */
export function createHandler() {
  /** @type {Image | null} */
  let image = null;
  /** @type {{smoothed: LocalMeans, sigma: number, size: number} | null} */
  let kept = null;
  const prepared = (/** @type {Image} */ { pixels, width, height, nodata }, /** @type {number} */ size) => {
    if (kept?.size !== size) {
      kept = {
        smoothed: new LocalMeans(pixels, width, height, nodata, size),
        sigma: robustSigma(pixels, nodata),
        size,
      };
    }
    return kept;
  };
  return (question) => {
    if (question.type === "image") {
      image = question.image;
      kept = null;
    }
    if (!image || question.type === "image") return null;
    if (question.type === "warm") return prepared(image, question.size).smoothed.warm();
    if (question.type === "edit") return applyEdit(question.mask, image, question.job);
    if (question.type === "outline") return outlineSelection(image, question);
    if (question.type === "hit") return selectAt(image, question);
    const { size, start, measure, amount, connected, limit } = question;
    const { smoothed, sigma } = prepared(image, size);
    return similarPixels(smoothed, start, measure === "raw" ? amount : amount * sigma, connected, limit);
  };
}
