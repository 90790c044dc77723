/** The pairs' style; every color but those of the three kinds of change is the theme's. */

export const STYLE = `
:host { display: block; }
.pairs {
  position: relative; box-sizing: border-box; overflow: hidden;
  font-family: var(--st-font); font-size: 12px; color: var(--st-text-color); font-variant-numeric: tabular-nums;
  --quiet: color-mix(in srgb, var(--st-text-color) 68%, var(--st-background-color));
  --gained: light-dark(#1a7f4b, #5cc489); --lost: light-dark(#b3520f, #f0a05c); --changed: light-dark(#1f6fb0, #58b4e8);
}
.grid {
  height: 100%; overflow-y: auto; scrollbar-gutter: stable; overscroll-behavior: contain; box-sizing: border-box;
  display: grid; grid-template-columns: repeat(auto-fill, minmax(248px, 1fr)); gap: 8px; align-content: start; grid-auto-rows: max-content;
}
.card {
  padding: 0; border: 2px solid transparent; border-radius: var(--st-base-radius); overflow: hidden; text-align: left;
  font: inherit; color: inherit; background: var(--st-secondary-background-color); cursor: pointer;
}
.card:hover { border-color: color-mix(in srgb, var(--st-text-color) 35%, transparent); }
button:focus-visible, input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; border-bottom: 3px solid var(--tone, transparent); }
.two img {
  display: block; width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated;
  background: color-mix(in srgb, var(--st-text-color) 8%, transparent);
}
.card[data-tone="gained"], .mark[data-tone="gained"] { --tone: var(--gained); }
.card[data-tone="lost"], .mark[data-tone="lost"] { --tone: var(--lost); }
.card[data-tone="changed"], .mark[data-tone="changed"] { --tone: var(--changed); }
.words { padding: 2px 6px 4px; line-height: 18px; }
.title { font-weight: 600; display: flex; gap: 6px; }
.title span { flex: none; color: var(--tone, inherit); }
.note, .tile { color: var(--quiet); overflow-wrap: anywhere; }
.large { position: absolute; inset: 0; background: var(--st-background-color); display: flex; gap: 16px; }
.large[hidden] { display: none; }
.stage { position: relative; flex: none; align-self: start; touch-action: none; cursor: ew-resize; user-select: none; overflow: hidden; }
.stage img { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated; pointer-events: none; }
.edge { position: absolute; top: 0; bottom: 0; width: 0; border-left: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.6); pointer-events: none; }
.mark { position: absolute; border: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 0.6), inset 0 0 0 1px var(--tone, transparent); pointer-events: none; }
.label { position: absolute; top: 6px; padding: 1px 6px; border-radius: 3px; color: #fff; background: rgb(0 0 0 / 0.66); pointer-events: none; max-width: 45%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.label.first { left: 6px; } .label.second { right: 6px; }
.side { display: flex; flex-direction: column; gap: 8px; min-width: 180px; max-width: 320px; line-height: 18px; overflow: auto; }
.side h3 { margin: 0; font-size: 14px; font-weight: 600; }
.side label { display: flex; gap: 8px; align-items: center; }
.side input[type="range"] { width: 100%; accent-color: var(--st-primary-color); }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
.row button {
  font: inherit; color: inherit; padding: 4px 10px; border-radius: var(--st-button-radius, 4px); cursor: pointer;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
}
.row button:hover:not(:disabled) { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.row button:disabled { opacity: 0.5; cursor: default; }
`;
