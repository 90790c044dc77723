/**
 * Draws the map: the only module that touches a 2D context.
 *
 * @import { Cache } from "../../shared/cache.js"
 * @import { Rect, Size, Square, View } from "../../shared/map_view.js"
 * @import { Choices, SceneDocument, SceneTile } from "./types.js"
 */

import { SQUARE_PX, boundsOf, keyOf, levelFor, squaresIn, visible } from "../../shared/map_view.js";
import { parent, rectOf } from "./geometry.js";
import { paintReferences } from "../../shared/references.js";
import { DISC, stateOf } from "../../shared/states.js";

/** @typedef {ImageBitmap} Picture */

const GROUND = "#151517";
const SEA = "#26282c"; // until an image is loaded
const LEAST_MARK_PX = 44; // tiles smaller than this on the screen get no mark, only their outline
const LEAST_OUTLINE_PX = 5;
const FADE_SCALE = 0.3; // screen px per pixel: below, outlines fade, so that the sea stays visible between them
const LEAST_ALPHA = 0.25;

/**
 * @typedef {object} Scenery what to draw
 * @property {SceneDocument} scene
 * @property {ReadonlyMap<number, Rect>} parts area of each tile without its overlaps
 * @property {View} view
 * @property {Size} screen CSS pixels
 * @property {number} ratio device pixels per CSS pixel
 * @property {Choices} choices
 * @property {SceneTile | null} hovered
 */

/**
 * The visible squares of a layer, from the center outward.
 *
 * @param {Scenery} scenery
 * @returns {Square[]}
 */
export function wanted({ scene, view, screen, ratio }) {
  return squaresIn(view, levelFor(view.scale * ratio, scene.levels), boundsOf(scene), screen);
}

/**
 * @param {CanvasRenderingContext2D} context of a canvas of screen times ratio pixels
 * @param {Scenery} scenery
 * @param {Cache<Picture>} pictures
 * @param {Cache<Picture>} masks
 */
export function paint(context, scenery, pictures, masks) {
  const { scene, view, screen, ratio, choices } = scenery;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = GROUND;
  context.fillRect(0, 0, screen.width, screen.height);
  const area = onScreen(view, { x: 0, y: 0, width: scene.width, height: scene.height });
  context.fillStyle = SEA;
  context.fillRect(area.x, area.y, area.width, area.height);
  const squares = wanted(scenery);
  context.imageSmoothingEnabled = view.scale * ratio < 3;
  for (const square of squares) drawSquare(context, scenery, pictures, square, `${choices.layer}/`);
  if (choices.masks && choices.opacity > 0) {
    context.globalAlpha = choices.opacity;
    for (const square of squares) drawSquare(context, scenery, masks, square, "mask/");
    context.globalAlpha = 1;
  }
  if (choices.states) for (const tile of scene.tiles) drawState(context, scenery, tile);
  if (choices.references) paintReferences(context, scene.references, view, ratio);
  if (scenery.hovered) drawHover(context, view, scenery.hovered);
}

/**
 * Draw a square, or the part of the nearest loaded coarser one, so that no gap shows while zooming in.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scenery} scenery
 * @param {Cache<Picture>} cache
 * @param {Square} square
 * @param {string} prefix of the layer
 */
function drawSquare(context, { scene, view, ratio }, cache, square, prefix) {
  const to = snapped(onScreen(view, rectOf(square, scene)), ratio);
  /** @type {Square | null} */
  let source = square;
  while (source) {
    const picture = cache.get(prefix + keyOf(source));
    if (picture) {
      const from = partOf(square, source, scene);
      context.drawImage(picture, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
      return;
    }
    source = parent(source, scene.levels);
  }
}

/**
 * Which pixels of a coarser square show a square.
 *
 * @param {Square} square
 * @param {Square} source
 * @param {Size} scene
 * @returns {Rect}
 */
export function partOf(square, source, scene) {
  const rect = rectOf(square, scene);
  const step = 2 ** source.level;
  const side = SQUARE_PX * step;
  return {
    x: (rect.x - source.column * side) / step,
    y: (rect.y - source.row * side) / step,
    width: rect.width / step,
    height: rect.height / step,
  };
}

/**
 * @param {View} view
 * @param {Rect} rect of the scene
 * @returns {Rect} on the screen
 */
function onScreen(view, rect) {
  return {
    x: rect.x * view.scale + view.x,
    y: rect.y * view.scale + view.y,
    width: rect.width * view.scale,
    height: rect.height * view.scale,
  };
}

/**
 * Edges on whole device pixels: between squares drawn at fractions the ground shines through.
 *
 * @param {Rect} rect
 * @param {number} ratio
 * @returns {Rect}
 */
function snapped(rect, ratio) {
  const x = Math.round(rect.x * ratio) / ratio;
  const y = Math.round(rect.y * ratio) / ratio;
  const right = Math.round((rect.x + rect.width) * ratio) / ratio;
  const bottom = Math.round((rect.y + rect.height) * ratio) / ratio;
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * How opaque the outlines of the tiles are.
 *
 * @param {number} scale screen px per pixel of the scene
 * @returns {number} 0.25 to 1
 */
export function outlineAlpha(scale) {
  return Math.min(Math.max(scale / FADE_SCALE, LEAST_ALPHA), 1);
}

/**
 * The outline of a tile in the color and pattern of its state, and its mark where there is room.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scenery} scenery
 * @param {SceneTile} tile
 */
function drawState(context, { parts, view, screen }, tile) {
  const rect = onScreen(view, parts.get(tile.id) ?? tile);
  if (rect.x > screen.width || rect.y > screen.height || rect.x + rect.width < 0 || rect.y + rect.height < 0)
    return;
  const look = stateOf(tile.state);
  if (!look || rect.width < LEAST_OUTLINE_PX) return;
  const inset = Math.min(2, rect.width / 12);
  const width = rect.width - 2 * inset;
  const height = rect.height - 2 * inset;
  context.globalAlpha = outlineAlpha(view.scale);
  context.setLineDash([]);
  context.lineWidth = 2.5;
  context.strokeStyle = "rgb(0 0 0 / 0.45)";
  if (rect.width >= LEAST_MARK_PX) context.strokeRect(rect.x + inset, rect.y + inset, width, height);
  context.lineWidth = 1.25;
  context.strokeStyle = look.color_dark;
  context.setLineDash(look.dash);
  context.strokeRect(rect.x + inset, rect.y + inset, width, height);
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (rect.width >= LEAST_MARK_PX) drawMark(context, rect.x + inset + 4, rect.y + inset + 4, tile.state);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {string} state
 */
export function drawMark(context, x, y, state) {
  const look = stateOf(state);
  if (!look) return;
  context.save();
  context.translate(x, y);
  context.fillStyle = "rgb(21 21 23 / 0.72)";
  context.fillRect(-2, -2, 16, 16);
  context.strokeStyle = look.color_dark;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.lineCap = "round";
  if (look.filled) {
    context.fillStyle = look.color_dark;
    context.fill(new Path2D(DISC));
    context.strokeStyle = GROUND;
  }
  context.stroke(new Path2D(look.shape));
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {SceneTile} tile
 */
function drawHover(context, view, tile) {
  const rect = onScreen(view, tile);
  for (const [width, color] of /** @type {[number, string][]} */ ([
    [4, "rgb(0 0 0 / 0.7)"],
    [2, "#ffffff"],
  ])) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.strokeRect(rect.x, rect.y, rect.width, rect.height);
  }
}

/**
 * The whole scene in a corner, with the part that is on the screen.
 *
 * @param {CanvasRenderingContext2D} context of a small canvas
 * @param {Scenery} scenery
 * @param {Cache<Picture>} pictures
 * @param {Size} size CSS pixels
 */
export function paintMinimap(context, scenery, pictures, size) {
  const { scene, view, screen, ratio, choices } = scenery;
  const scale = size.width / scene.width;
  const whole = { ...scenery, view: { scale, x: 0, y: 0 }, screen: size };
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = SEA;
  context.fillRect(0, 0, size.width, size.height);
  for (const square of squaresIn(whole.view, scene.levels - 1, boundsOf(scene), size)) {
    drawSquare(context, whole, pictures, square, `${choices.layer}/`);
  }
  const part = onScreen(whole.view, visible(view, boundsOf(scene), screen));
  context.lineWidth = 1.5;
  context.strokeStyle = "#ffffff";
  context.strokeRect(part.x, part.y, Math.max(3, part.width), Math.max(3, part.height));
}
