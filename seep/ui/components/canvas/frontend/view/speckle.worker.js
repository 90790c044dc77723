/** Speckle filters off the main thread: a 7 x 7 window on 2048 px takes a second. */
import { despeckled } from "./speckle.js";

self.addEventListener("message", ({ data }) => {
  const { turn, pixels, width, height, nodata, db, filter } = data;
  const answer = despeckled(pixels, width, height, nodata, db, filter);
  self.postMessage({ turn, answer }, { transfer: [answer.buffer] });
});
