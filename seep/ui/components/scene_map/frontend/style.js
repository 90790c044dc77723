/** The map's style: dark in both themes, so that gray values are judged on a neutral ground. */

import { REFERENCE_STYLE } from "../../shared/references.js";

export const STYLE = `
:host { display: block; }
.scene-map {
  display: flex; flex-direction: column; box-sizing: border-box; overflow: hidden;
  font-family: var(--st-font); font-size: 13px; font-variant-numeric: tabular-nums;
  color: #d3d6da; background: #1d1e21; border: 1px solid #2b2d31; border-radius: var(--st-base-radius);
  color-scheme: dark;
}
.above, .below { display: flex; align-items: center; gap: 12px; padding: 0 8px; flex: none; white-space: nowrap; overflow: hidden; }
.above { height: 40px; border-bottom: 1px solid #2b2d31; }
.below { height: 32px; border-top: 1px solid #2b2d31; }
.gap { flex: 1; }
.group { display: flex; }
.group button { border-radius: 0; border-right-width: 0; }
.group button:first-child { border-radius: 4px 0 0 4px; }
.group button:last-child { border-radius: 0 4px 4px 0; border-right-width: 1px; }
button {
  font: inherit; height: 26px; padding: 0 10px; cursor: pointer;
  color: #d3d6da; background: #232529; border: 1px solid #383c42; border-radius: 4px;
}
button:hover { background: #2f3237; }
button[aria-pressed="true"] { color: #0b1216; background: #6bbad8; border-color: #6bbad8; }
button:focus-visible, input:focus-visible { outline: 2px solid #6bbad8; outline-offset: 1px; }
label { display: flex; align-items: center; gap: 6px; cursor: pointer; }
label[hidden] { display: none; }
input { accent-color: #6bbad8; margin: 0; }
input[type="range"] { width: 88px; }
.zoom { width: 56px; text-align: center; }
.stage { position: relative; flex: 1; min-height: 0; background: #151517; }
.stage:focus-visible { outline: 2px solid #6bbad8; outline-offset: -2px; }
.stage > canvas.map { position: absolute; inset: 0; width: 100%; height: 100%; display: block; cursor: grab; touch-action: none; }
.stage.dragging > canvas.map { cursor: grabbing; }
.stage.over > canvas.map { cursor: pointer; }
.stage.dragging.over > canvas.map { cursor: grabbing; }
.minimap { position: absolute; right: 12px; bottom: 12px; border: 1px solid #54585f; cursor: pointer; }
.minimap[hidden] { display: none; }
.scale-bar {
  position: absolute; left: 12px; bottom: 12px; box-sizing: border-box; height: 18px; text-align: center; font-size: 12px;
  color: #fff; text-shadow: 0 0 3px #000, 0 0 3px #000; border: 2px solid #fff; border-top: 0; pointer-events: none;
  filter: drop-shadow(0 0 1px #000);
}
.said {
  position: absolute; inset: 0; display: flex; flex-direction: column; gap: 12px; align-items: center; justify-content: center;
  text-align: center; padding: 24px; background: #151517; font-size: 14px;
}
.said[hidden], .trouble[hidden], .busy[hidden] { display: none; }
.busy {
  position: absolute; top: 12px; left: 12px; padding: 4px 10px; background: #232529; border-radius: 4px; pointer-events: none;
  opacity: 0; animation: busy 120ms 300ms forwards;
}
@keyframes busy { to { opacity: 1; } }
.trouble { position: absolute; top: 12px; left: 12px; padding: 4px 10px; background: #4a2f14; color: #ffd9a8; border-radius: 4px; }
.where { min-width: 240px; overflow: hidden; text-overflow: ellipsis; }
.point { color: #a0a6ae; white-space: pre; }
.legend { display: flex; gap: 12px; }
.entry { display: flex; align-items: center; gap: 5px; }
.mark { width: 12px; height: 12px; overflow: visible; flex: none; }
.mark .disc { fill: var(--state); }
.mark .line { fill: none; stroke: var(--state); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
.mark .cut { fill: none; stroke: #1d1e21; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
${REFERENCE_STYLE}`;
