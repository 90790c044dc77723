// The scripted annotator of benchmarks.tracing: sets nodes by its rule, with the tracer's own modules.
// Reads JSON on stdin, writes JSON on stdout; pixels and masks travel in base64.
import { performance } from "node:perf_hooks";
import { RidgeTracer } from "../seep/ui/components/canvas/frontend/ridge/tracer.js";
import { paintSegment } from "../seep/ui/components/canvas/frontend/stroke.js";

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };
const MOST_NODES = 50;

function decoded(text, type) {
  const bytes = Buffer.from(text, "base64");
  return new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The point of the center line, between two of its places, that is nearest to a point of the path. */
function nearest(line, from, to, at) {
  let best = from;
  const away = (k) => Math.hypot(line[k][0] - at.x, line[k][1] - at.y);
  for (let k = from; k <= to; k += 1) if (away(k) < away(best)) best = k;
  return best;
}

/** Where the next node belongs: in the middle of the first stretch that the path missed; null where it missed none. */
function missed(nodes, path, line, isFar) {
  for (let k = 0; k + 1 < nodes.length; k += 1) {
    const way = path[k];
    const first = way.findIndex(isFar);
    if (first < 0) continue;
    let last = first;
    while (last + 1 < way.length && isFar(way[last + 1])) last += 1;
    const ends = [way[Math.max(first - 1, 0)], way[Math.min(last + 1, way.length - 1)]];
    const [a, b] = ends.map((at) => nearest(line, nodes[k], nodes[k + 1], at));
    const middle = Math.round((a + b) / 2);
    if (middle > nodes[k] && middle < nodes[k + 1]) return middle;
  }
  return null;
}

function trace(tracing, slick, width) {
  const { line } = slick;
  const far = decoded(slick.far, Uint8Array);
  const isFar = ({ x, y }) => far[Math.floor(y) * width + Math.floor(x)] === 1;
  const nodes = [0, line.length - 1];
  const waits = [];
  for (;;) {
    const started = performance.now();
    const clicks = nodes.map((k) => ({ x: line[k][0] + 0.5, y: line[k][1] + 0.5, straight: false }));
    const { lines, cells } = tracing.trace(clicks, null);
    waits.push(performance.now() - started);
    const next = nodes.length < MOST_NODES ? missed(nodes, lines, line, isFar) : null;
    if (next === null) return { clicks: nodes.length, cells, waits };
    nodes.splice(
      nodes.findIndex((k) => k > next),
      0,
      next,
    );
  }
}

function brushed({ brush }, width, height) {
  const mask = new Uint8Array(width * height);
  brush.points.slice(1).forEach(([x, y], i) => {
    const from = { x: brush.points[i][0] + 0.5, y: brush.points[i][1] + 0.5 };
    paintSegment(mask, width, height, from, { x: x + 0.5, y: y + 0.5 }, brush.size, 1, () => {});
  });
  return mask;
}

let text = "";
for await (const part of process.stdin) text += part;
const answers = JSON.parse(text).map(({ width, height, nodata, dtype, pixels, slicks }) => {
  const image = { pixels: decoded(pixels, ARRAYS[dtype]), width, height, nodata, unit: "dn" };
  const tracing = new RidgeTracer(image);
  return slicks.map((slick) => {
    const { clicks, cells, waits } = trace(tracing, slick, width);
    const bits = Buffer.from(cells.bits).toString("base64");
    const brush = Buffer.from(brushed(slick, width, height)).toString("base64");
    return { clicks, rect: cells.rect, bits, brush, waits_ms: waits };
  });
});
process.stdout.write(JSON.stringify(answers));
