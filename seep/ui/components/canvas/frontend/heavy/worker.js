/** The worker for edits and for what tools look up: nothing of it may hold up the page. */
import { answering } from "./answering.js";

const answer = answering();
self.addEventListener("message", ({ data: { number, question } }) => {
  try {
    self.postMessage({ number, answer: answer(question) });
  } catch (error) {
    self.postMessage({ number, failed: String(error) });
  }
});
