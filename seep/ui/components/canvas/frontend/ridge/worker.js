/** The tracer's worker: traces beside the page, so that painting never waits for it. */
import { createHandler } from "./handler.js";

const answer = createHandler();
self.addEventListener("message", ({ data }) => {
  const reply = answer(data);
  if (reply) self.postMessage(reply);
});
