import assert from "node:assert/strict";
import { test } from "node:test";

import { counts, fromInput } from "../../../seep/ui/components/upload/frontend/files.js";
import { Queue, withName } from "../../../seep/ui/components/upload/frontend/queue.js";
import { grouped, progressText } from "../../../seep/ui/components/upload/frontend/text.js";

const found = (/** @type {string} */ path, size = 10) => ({
  path,
  file: /** @type {File} */ ({ name: path, size }),
});
const later = () => new Promise((done) => setImmediate(done));

/** A server that answers when the test says so. */
function server() {
  /** @type {Map<string, {resolve: (taken: any) => void, reject: (error: Error) => void, progress: (bytes: number) => void, signal: AbortSignal}>} */
  const asked = new Map();
  const send = (
    /** @type {any} */ one,
    /** @type {any} */ _role,
    /** @type {any} */ progress,
    /** @type {AbortSignal} */ signal,
  ) =>
    new Promise((/** @type {(taken: any) => void} */ resolve, reject) => {
      asked.set(one.path, { resolve, reject, progress, signal });
      signal.addEventListener("abort", () => reject(new Error("Canceled.")));
    });
  const take = async (/** @type {string} */ path, refused = []) => {
    asked.get(path)?.resolve({ files: [{ role: "images", name: path, size_bytes: 10 }], refused });
    await later();
  };
  return { asked, send, take };
}

test("three files are sent at once, all of them in the end, and the page is told then", async () => {
  const host = server();
  const queue = new Queue(host.send, 100);
  let settled = 0;
  queue.changed = (end) => void (settled += end ? 1 : 0);
  queue.add(
    ["a", "b", "c", "d"].map((name) => found(name)),
    "images",
  );
  assert.deepEqual([...host.asked.keys()], ["a", "b", "c"]);
  for (const name of ["a", "b", "c", "d"]) await host.take(name);
  assert.deepEqual([queue.taken, queue.sending, settled], [4, false, 1]);
});

test("bytes on their way count", async () => {
  const host = server();
  const queue = new Queue(host.send, 1000);
  queue.add([found("a", 200), found("b", 100)], "images");
  host.asked.get("a")?.progress(150);
  assert.deepEqual([queue.sums.sentBytes, queue.sums.totalBytes, queue.sums.done], [150, 300, 0]);
  await host.take("b");
  assert.deepEqual([queue.sums.sentBytes, queue.sums.done], [250, 1]);
  assert.equal(progressText(queue.sums), "1 of 2 files, 250\u202fB of 300\u202fB");
});

test("a file over the limit is refused unsent", () => {
  const host = server();
  const queue = new Queue(host.send, 5);
  queue.add([found("big.tif", 6)], "images");
  assert.equal(host.asked.size, 0);
  assert.equal(queue.sending, false);
  assert.match(queue.refused[0] ?? "", /big.tif is 6.B; the maximum is 5.B/);
});

test("what the server refuses is told with its name, and the others go on", async () => {
  const host = server();
  const queue = new Queue(host.send, 100);
  queue.add([found("a"), found("b")], "masks");
  host.asked.get("a")?.reject(new Error("Another a is in this upload."));
  await later();
  await host.take("b", /** @type {any} */ (["x.exe is no image."]));
  assert.deepEqual(queue.refused, ["a: Another a is in this upload.", "x.exe is no image."]);
  assert.equal(queue.taken, 1);
});

test("canceling gives up what waits and what is on its way, and calls nothing refused", async () => {
  const host = server();
  const queue = new Queue(host.send, 100);
  queue.add(
    ["a", "b", "c", "d", "e"].map((name) => found(name)),
    "images",
  );
  await host.take("a");
  queue.cancel();
  await later();
  assert.equal(host.asked.get("b")?.signal.aborted, true);
  assert.deepEqual(
    [queue.sending, queue.taken, queue.refused.length, host.asked.has("e")],
    [false, 1, 0, false],
  );
});

test("another batch starts its own count, and what came before still counts as waiting", async () => {
  const host = server();
  const queue = new Queue(host.send, 100);
  queue.add([found("a")], "images");
  await host.take("a");
  queue.add([found("b")], "images");
  assert.deepEqual([queue.sums.total, queue.sums.done, queue.taken], [1, 0, 1]);
  queue.clear();
  assert.equal(queue.taken, 0);
});

test("what systems leave behind is no file", () => {
  for (const path of [".DS_Store", "set/Thumbs.db", "__MACOSX/a.tif", "x/.git/a.tif"])
    assert.equal(counts(path), false, path);
  for (const path of ["a.tif", "set/a.000001.tif", "S1.SAFE/measurement/v.tiff"])
    assert.equal(counts(path), true, path);
  const file = /** @type {any} */ ({ name: "a.tif", webkitRelativePath: "set/masks/a.tif" });
  assert.equal(fromInput([file])[0]?.path, "set/masks/a.tif");
});

test("reasons that differ only by the name stand together", () => {
  const groups = grouped(["a.txt: No image.", "b.txt: No image.", "c.tif: Cut short."]);
  assert.deepEqual(groups, [
    { sentence: "a.txt: No image.", count: 2 },
    { sentence: "c.tif: Cut short.", count: 1 },
  ]);
});

test("a message that begins with the name of its file does not repeat it", () => {
  assert.equal(
    withName("trip/holiday.jpg", "holiday.jpg is neither a vector layer nor wind."),
    "holiday.jpg is neither a vector layer nor wind.",
  );
  assert.equal(
    withName("trip/a.tif", "No connection to the server."),
    "trip/a.tif: No connection to the server.",
  );
});
