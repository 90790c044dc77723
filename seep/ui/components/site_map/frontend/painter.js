/**
 * Draws the place: background, slicks by date, rings of sites.
 *
 * @import { Cache } from "../../shared/cache.js"
 * @import { Size, View } from "../../shared/map_view.js"
 * @import { PlaceDocument, SiteRow } from "./types.js"
 *
 * @typedef {object} Layers
 * @property {Path2D[]} outlines by pass, in pixels of the place
 * @property {string[]} colors by pass
 */

import { SQUARE_PX, keyOf, toScreen } from "../../shared/map_view.js";
import { numbered, ringRadius, squares } from "./geometry.js";
import { passColor } from "../../shared/pass_colors.js";

const GROUND = "#151517";

/** @param {PlaceDocument} place @returns {Layers} */
export function makeLayers(place) {
  const outlines = place.passes.map((pass) => {
    const path = new Path2D();
    for (const slick of pass.slicks)
      for (const ring of slick.rings) {
        path.moveTo(ring[0] ?? 0, ring[1] ?? 0);
        for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i] ?? 0, ring[i + 1] ?? 0);
        path.closePath();
      }
    return path;
  });
  return { outlines, colors: place.passes.map((_, i) => passColor(i, place.passes.length)) };
}

/**
 * @param {CanvasRenderingContext2D} context @param {PlaceDocument} place @param {View} view @param {Size} screen
 * @param {number} ratio @param {number | null} background scene id @param {Cache<ImageBitmap>} pictures
 */
export function paintBackground(context, place, view, screen, ratio, background, pictures) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = GROUND;
  context.fillRect(0, 0, screen.width, screen.height);
  if (background === null) return;
  for (const square of squares(view, place.bounds, screen, ratio)) {
    const { level, column, row } = square;
    const picture = pictures.get(`${background}/${keyOf(square)}`);
    if (!picture) continue;
    const side = SQUARE_PX * 2 ** level;
    const from = toScreen(view, { x: column * side, y: row * side });
    const to = toScreen(view, { x: (column + 1) * side, y: (row + 1) * side });
    const [x, y] = [Math.round(from.x * ratio) / ratio, Math.round(from.y * ratio) / ratio];
    context.drawImage(
      picture,
      x,
      y,
      Math.round(to.x * ratio) / ratio - x,
      Math.round(to.y * ratio) / ratio - y,
    );
  }
}

/**
 * The slicks of the shown passes; the costly part, so it is kept as a picture while the view moves.
 *
 * @param {CanvasRenderingContext2D} context @param {Layers} layers @param {View} view @param {number} ratio @param {ReadonlySet<number>} hidden passes
 */
export function paintSlicks(context, layers, view, ratio, hidden) {
  const { width, height } = context.canvas;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  const scale = view.scale * ratio;
  context.setTransform(scale, 0, 0, scale, view.x * ratio, view.y * ratio);
  context.lineWidth = (1.25 * ratio) / scale;
  layers.outlines.forEach((path, pass) => {
    if (hidden.has(pass)) return;
    const color = layers.colors[pass] ?? "#fff";
    context.strokeStyle = context.fillStyle = color;
    context.globalAlpha = 0.35;
    context.fill(path);
    context.globalAlpha = 1;
    context.stroke(path);
  });
}

/**
 * @param {CanvasRenderingContext2D} context @param {PlaceDocument} place @param {View} view @param {number} ratio
 * @param {ReadonlySet<number>} selected numbers of sites @param {SiteRow | null} hovered @param {ReadonlySet<number>} hidden passes
 */
export function paintSites(context, place, view, ratio, selected, hovered, hidden) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.textAlign = "center";
  context.textBaseline = "middle";
  const labeled = numbered(place.sites, view, selected);
  if (hovered) labeled.add(hovered.number);
  // Rings without a number first, so that they never cover one.
  const last = (/** @type {SiteRow} */ site) =>
    selected.has(site.number) || site === hovered ? 2 : labeled.has(site.number) ? 1 : 0;
  for (const site of [...place.sites].sort((one, other) => last(one) - last(other))) {
    const { x, y } = toScreen(view, site);
    if (x < -40 || y < -40 || x > context.canvas.width / ratio + 40 || y > context.canvas.height / ratio + 40)
      continue;
    const chosen = selected.has(site.number);
    const named = labeled.has(site.number);
    if (chosen || site === hovered) {
      paintSearchArea(context, place, view, site);
      paintPaths(context, place, view, site, hidden);
    }
    context.beginPath();
    context.arc(x, y, named ? ringRadius(site) : ringRadius(site) * 0.55, 0, 2 * Math.PI);
    if (named) {
      context.fillStyle = chosen ? "#6bbad8" : "rgb(21 21 23 / 0.72)";
      context.fill();
    }
    context.lineWidth = chosen || site === hovered ? 3 : named ? 1.75 : 1.25;
    context.strokeStyle = "#ffffff";
    context.setLineDash(site.n ? [] : [3, 3]);
    context.stroke();
    context.setLineDash([]);
    if (!named) continue;
    context.fillStyle = chosen ? "#0b1216" : "#ffffff";
    context.font = `600 ${site.number > 99 ? 9 : 11}px sans-serif`;
    context.fillText(String(site.number), x, y + 0.5);
  }
}

/**
 * The circle within which the vent of a site is to be searched.
 *
 * @param {CanvasRenderingContext2D} context @param {PlaceDocument} place @param {View} view @param {SiteRow} site
 */
function paintSearchArea(context, place, view, site) {
  if (!site.water || !place.pixel_m) return;
  const { x, y } = toScreen(view, site);
  context.beginPath();
  context.arc(x, y, (site.water.search_radius_m / place.pixel_m) * view.scale, 0, 2 * Math.PI);
  context.lineWidth = 1.5;
  context.strokeStyle = "#ffffff";
  context.setLineDash([8, 5]);
  context.stroke();
  context.setLineDash([]);
}

/**
 * Paths of the far ends of a site's slicks back in time, with a dot at each hour.
 *
 * @param {CanvasRenderingContext2D} context @param {PlaceDocument} place @param {View} view @param {SiteRow} site @param {ReadonlySet<number>} hidden passes
 */
function paintPaths(context, place, view, site, hidden) {
  place.passes.forEach((pass, index) => {
    if (hidden.has(index)) return;
    context.strokeStyle = context.fillStyle = passColor(index, place.passes.length);
    for (const { path } of pass.slicks.filter((slick) => slick.site === site.number)) {
      const points = [];
      for (let i = 0; i + 1 < path.length; i += 2)
        points.push(toScreen(view, { x: path[i] ?? 0, y: path[i + 1] ?? 0 }));
      context.beginPath();
      points.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.lineWidth = 1.5;
      context.stroke();
      for (const { x, y } of points) {
        context.beginPath();
        context.arc(x, y, 2.5, 0, 2 * Math.PI);
        context.fill();
      }
    }
  });
}
