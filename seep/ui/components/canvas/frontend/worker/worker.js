/** The worker for edits and for what tools look up: nothing of it may hold up the page. */
import { createHandler } from "./handler.js";

const answer = createHandler();
self.addEventListener("message", ({ data: { number, question } }) => {
  try {
    self.postMessage({ number, answer: answer(question) });
  } catch (error) {
    self.postMessage({ number, failed: String(error) });
  }
});
