import assert from "node:assert/strict";
import { test } from "node:test";

import { Cache } from "../../../seep/ui/components/shared/cache.js";

/** A server that answers when the test says so. */
function server() {
  /** @type {Map<string, {resolve: (value: string) => void, reject: (error: Error) => void, signal: AbortSignal}>} */
  const asked = new Map();
  /** @type {string[]} */
  const released = [];
  let arrived = 0;
  const source = {
    load: (/** @type {string} */ key, /** @type {AbortSignal} */ signal) =>
      new Promise((/** @type {(value: string) => void} */ resolve, reject) =>
        asked.set(key, { resolve, reject, signal }),
      ),
    release: (/** @type {string} */ picture) => void released.push(picture),
    arrived: () => void (arrived += 1),
  };
  const answer = async (/** @type {string} */ key) => {
    asked.get(key)?.resolve(`picture ${key}`);
    await new Promise((done) => setImmediate(done));
  };
  const refuse = async (/** @type {string} */ key) => {
    asked.get(key)?.reject(new Error("no"));
    await new Promise((done) => setImmediate(done));
  };
  return { source, asked, released, answer, refuse, count: () => arrived };
}

test("the most urgent are fetched first, a few at once", async () => {
  const host = server();
  const cache = new Cache(host.source, 10, 2);
  cache.want(["a", "b", "c"]);
  assert.deepEqual([...host.asked.keys()], ["a", "b"]);
  await host.answer("a");
  assert.deepEqual([...host.asked.keys()], ["a", "b", "c"]);
  assert.equal(cache.get("a"), "picture a");
  assert.equal(cache.settled, false);
  await host.answer("b");
  await host.answer("c");
  assert.equal(cache.settled, true);
  assert.equal(host.count(), 3);
});

test("what left the screen is given up, and its late answer let go", async () => {
  const host = server();
  const cache = new Cache(host.source, 10, 2);
  cache.want(["a"]);
  cache.want(["b"]);
  assert.equal(host.asked.get("a")?.signal.aborted, true);
  await host.answer("a");
  assert.equal(cache.get("a"), undefined);
  assert.deepEqual(host.released, ["picture a"]);
});

test("a parked cache keeps the newest pictures, and shows them to the next one that asks", async () => {
  const host = server();
  const cache = new Cache(host.source, 10, 6);
  cache.want(["a", "b", "c", "d"]);
  for (const key of ["a", "b", "c"]) await host.answer(key);
  cache.park(2);
  assert.equal(host.asked.get("d")?.signal.aborted, true);
  assert.deepEqual(host.released, ["picture a"]);
  const later = server();
  cache.source = later.source;
  cache.want(["b", "c"]);
  assert.equal(cache.settled, true);
  assert.deepEqual([...later.asked.keys()], []);
});

test("the longest unseen goes first, and never what is on the screen", async () => {
  const host = server();
  const cache = new Cache(host.source, 2, 6);
  for (const key of ["a", "b"]) {
    cache.want([key]);
    await host.answer(key);
  }
  cache.get("a");
  cache.want(["c"]);
  await host.answer("c");
  assert.deepEqual([...cache.kept.keys()].sort(), ["a", "c"]);
  cache.want(["c", "d", "e"]);
  for (const key of ["d", "e"]) await host.answer(key);
  assert.deepEqual([...cache.kept.keys()].sort(), ["c", "d", "e"], "over the limit rather than flickering");
});

test("what failed is left alone for a while and told of", async () => {
  const host = server();
  const cache = new Cache(host.source, 5, 2);
  cache.want(["a"]);
  await host.refuse("a");
  assert.deepEqual([cache.troubled, cache.settled], [true, true]);
  host.asked.clear();
  cache.want(["a"]);
  assert.equal(host.asked.size, 0);
  cache.failed.set("a", performance.now() - 60_000);
  cache.want(["a"]);
  await host.answer("a");
  assert.deepEqual([cache.troubled, cache.get("a")], [false, "picture a"]);
});

test("what is renewed is shown until its new picture comes", async () => {
  const host = server();
  const cache = new Cache(host.source, 5, 2);
  cache.want(["a", "b"]);
  await host.answer("a");
  cache.renew();
  assert.equal(host.asked.get("b")?.signal.aborted, true);
  assert.equal(cache.get("a"), "picture a");
  assert.equal(cache.settled, false);
  cache.want(["a"]);
  await host.answer("a");
  assert.deepEqual([cache.settled, host.released], [true, ["picture a"]]);
});

test("clearing lets everything go", async () => {
  const host = server();
  const cache = new Cache(host.source, 5, 2);
  cache.want(["a", "b"]);
  await host.answer("a");
  cache.clear();
  assert.deepEqual(host.released, ["picture a"]);
  assert.equal(host.asked.get("b")?.signal.aborted, true);
});
