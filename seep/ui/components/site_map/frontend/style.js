/** The map and the pictures are dark in both themes, so that gray values are judged on a neutral ground. */

import { REFERENCE_STYLE } from "../../shared/references.js";

export const STYLE = `
:host { display: block; }
.site-map {
  display: flex; flex-direction: column; box-sizing: border-box; overflow: hidden;
  font-family: var(--st-font); font-size: 13px; font-variant-numeric: tabular-nums; color: var(--st-text-color);
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
button, select, input[type="text"] {
  font: inherit; height: 26px; box-sizing: border-box; color: inherit; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: 4px;
}
button { padding: 0 10px; cursor: pointer; white-space: nowrap; }
button:hover:not(:disabled) { border-color: currentColor; }
button:disabled { opacity: 0.5; cursor: not-allowed; }
button[aria-pressed="true"] { color: #0b1216; background: #6bbad8; border-color: #6bbad8; }
button:focus-visible, select:focus-visible, input:focus-visible, .table:focus-visible, .cards:focus-visible { outline: 2px solid #2f8fb5; outline-offset: 1px; }
select { padding: 0 4px; max-width: 200px; }
input[type="text"] { padding: 0 8px; min-width: 0; flex: 1; }
label { display: flex; align-items: center; gap: 6px; }
.above, .legend { display: flex; align-items: center; gap: 8px; padding: 0 8px; flex: none; white-space: nowrap; }
.above { min-height: 40px; flex-wrap: wrap; padding-block: 4px; border-bottom: 1px solid var(--st-border-color); }
.above .point { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.above .status { min-width: 0; overflow: hidden; text-overflow: ellipsis; opacity: 0.85; }
.gap { flex: 1; }
.group { display: flex; }
.group button { border-radius: 0; border-right-width: 0; }
.group button:first-child { border-radius: 4px 0 0 4px; }
.group button:last-child { border-radius: 0 4px 4px 0; border-right-width: 1px; }
.legend { height: 36px; border-top: 1px solid var(--st-border-color); gap: 16px; }
.chips { display: flex; align-items: center; gap: 8px; flex: 1; min-width: 0; height: 100%; overflow-x: auto; scrollbar-width: thin; }
.legend .chip { height: 24px; padding: 0 8px; background: none; color: inherit; border-color: var(--st-border-color); flex: none; }
.legend .chip[aria-pressed="false"] { opacity: 0.55; text-decoration: line-through; }
i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; border: 1px solid rgb(0 0 0 / 0.35); }
.main { display: flex; flex: 1; min-height: 0; }
.stage { position: relative; flex: 1 1 0; min-width: 0; background: #151517; color: #d3d6da; color-scheme: dark; }
.stage:focus-visible { outline: 2px solid #6bbad8; outline-offset: -2px; }
.stage > canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; cursor: grab; touch-action: none; }
.stage.dragging > canvas { cursor: grabbing; }
.stage.over > canvas { cursor: pointer; }
.stage.placing > canvas { cursor: crosshair; }
.scale-bar {
  position: absolute; left: 12px; bottom: 12px; box-sizing: border-box; min-width: max-content; height: 20px; text-align: center;
  font-size: 12px; line-height: 17px; color: #fff; background: rgb(21 21 23 / 0.8); border: 2px solid #fff; border-top: 0; pointer-events: none;
}
.said { position: absolute; inset: 0; display: flex; flex-direction: column; gap: 12px; align-items: center; justify-content: center; background: #151517; font-size: 14px; }
.said[hidden], .trouble[hidden], .sheet[hidden], .line[hidden] { display: none; }
.said button { color: #d3d6da; background: #232529; border-color: #383c42; }
.trouble { position: absolute; top: 12px; left: 12px; right: 12px; width: fit-content; padding: 4px 10px; background: #4a2f14; color: #ffd9a8; border-radius: 4px; }
.side { display: flex; flex-direction: column; flex: none; width: clamp(480px, 45%, 860px); container-type: inline-size; border-left: 1px solid var(--st-border-color); }
.table { flex: 1; min-height: 80px; overflow: auto; scrollbar-width: thin; }
table { border-collapse: collapse; width: 100%; }
th { position: sticky; top: 0; background: var(--st-background-color); text-align: left; padding: 2px 2px; box-shadow: 0 1px 0 var(--st-border-color); z-index: 1; }
th button { border: none; background: none; padding: 0 6px; font-weight: 600; color: inherit; }
th[aria-sort="ascending"] button { text-decoration: underline; text-underline-offset: 3px; }
.timeless :is(.first, .last), .pathless .paths { display: none; }
@container (max-width: 759px) { :is(th, td):is(.first, .paths, .area, .length, .note) { display: none; } }
td { padding: 2px 8px; white-space: nowrap; max-width: 220px; overflow: hidden; text-overflow: ellipsis; }
tr { cursor: pointer; }
tbody tr:hover td { background: var(--st-secondary-background-color); }
tr.chosen td { background: color-mix(in srgb, #2f8fb5 22%, transparent); }
td button.number { height: 22px; min-width: 30px; padding: 0 4px; }
.panel { flex: none; border-top: 1px solid var(--st-border-color); padding: 8px; display: flex; flex-direction: column; gap: 6px; }
.panel p { margin: 0; }
.line, .actions { display: flex; align-items: center; gap: 10px; min-width: 0; }
.line > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (min-height: 760px) { .line.score > span { white-space: normal; } }
.line .wide { flex: 1; min-width: 0; }
.hint { opacity: 0.8; }
.sheet { flex: none; height: 232px; border-top: 1px solid var(--st-border-color); display: flex; flex-direction: column; }
.sheet-head { display: flex; gap: 16px; align-items: center; padding: 6px 8px; white-space: nowrap; }
.sheet-head > * { flex: none; }
.sheet-head .nearest { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.sheet-head .nearest:empty { display: none; }
.cards { display: flex; gap: 8px; padding: 0 8px 8px; overflow-x: auto; overflow-y: hidden; flex: 1; scrollbar-width: thin; }
.empty { margin: 8px 0; }
figure { position: relative; margin: 0; width: 160px; flex: none; }
figure .cause { position: absolute; z-index: 1; top: 6px; left: 6px; width: 148px; height: 24px; font-size: 12px; }
.picture { position: relative; display: block; width: 160px; height: 160px; padding: 0; background: #151517; border-radius: 4px; overflow: hidden; border-width: 2px; }
figure.seen .picture { border-color: #6bbad8; }
.picture img, .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.cards.plain svg path { display: none; }
.scale { position: absolute; z-index: 1; left: 6px; bottom: 5px; box-sizing: border-box; height: 6px; border: solid #fff; border-width: 0 2px 2px; filter: drop-shadow(0 0 1px #000); pointer-events: none; }
.scale span { position: absolute; left: -2px; bottom: 6px; padding: 0 4px; color: #fff; font-size: 12px; line-height: 16px; white-space: nowrap; background: rgb(21 21 23 / 0.8); border-radius: 2px; }
figure .conditions { font-size: 11px; opacity: 0.85; max-width: 160px; }
figcaption { display: flex; gap: 8px; padding-top: 2px; }
.date { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
${REFERENCE_STYLE}`;
