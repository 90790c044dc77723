/** The worker for slow edits and queries of the tools. */
import { createHandler } from "./handler.js";

const answer = createHandler();
self.addEventListener("message", ({ data: { number, question } }) => {
  try {
    self.postMessage({ number, answer: answer(question) });
  } catch (error) {
    self.postMessage({ number, failed: String(error) });
  }
});
