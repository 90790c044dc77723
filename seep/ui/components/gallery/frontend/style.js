/** The gallery's style; every color but those of the states comes from the theme. */

export const STYLE = `
:host { display: block; }
.gallery {
  position: relative;
  font-family: var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
  --quiet: color-mix(in srgb, var(--st-text-color) 68%, var(--st-background-color));
}
.scroller {
  overflow-y: auto;
  overflow-x: hidden;
  overscroll-behavior: contain;
  scrollbar-gutter: stable;
}
.grid { position: relative; display: grid; gap: 8px; justify-content: start; user-select: none; }
.cell {
  --state: var(--quiet);
  position: relative;
  box-sizing: border-box;
  width: var(--cell-width);
  height: var(--cell-height);
  border: 2px solid transparent;
  border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color);
  cursor: pointer;
  content-visibility: auto;
  contain-intrinsic-size: var(--cell-width) var(--cell-height);
  overflow: hidden;
}
.picture {
  position: relative;
  width: 100%;
  height: calc(var(--picture-size) + 3px);
  border-bottom: 3px solid var(--state);
  box-sizing: border-box;
  background: color-mix(in srgb, var(--st-text-color) 8%, transparent);
}
.cell[data-state="unreviewed"] .picture { border-bottom-style: dotted; }
.cell:is([data-state="draft"], [data-drafted="true"]) .picture { border-bottom-style: dashed; }
.picture img { display: block; width: 100%; height: 100%; object-fit: contain; opacity: 0; }
.picture img.shown { opacity: 1; }
.picture .failed { position: absolute; inset: 0; display: grid; place-items: center; font-size: 12px; color: var(--quiet); }
.scene {
  position: absolute; left: 0; right: 0; bottom: 0; padding: 2px 6px;
  font-size: 12px; color: #fff; background: rgb(0 0 0 / 0.66); opacity: 0; pointer-events: none;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
.cell:hover .scene:not(:empty), .cell:focus-visible .scene:not(:empty) { opacity: 1; }
.tick {
  position: absolute; top: 4px; left: 4px; width: 20px; height: 20px; box-sizing: border-box;
  border: 1.5px solid #fff; border-radius: 4px; background: rgb(0 0 0 / 0.45); opacity: 0;
}
.tick svg { display: block; width: 100%; height: 100%; stroke: #fff; fill: none; stroke-width: 1.8; visibility: hidden; }
.cell:hover .tick, .cell[aria-selected="true"] .tick { opacity: 1; }
.cell[aria-selected="true"] .tick { background: var(--st-primary-color); }
.cell[aria-selected="true"] .tick svg { visibility: visible; }
.caption { padding: 2px 4px 0; font-size: 12px; line-height: 18px; }
.line { display: flex; align-items: center; gap: 3px; white-space: nowrap; }
.line svg { flex: none; width: 12px; height: 12px; overflow: visible; }
.mark .line { fill: none; stroke: var(--state); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
.mark .disc { fill: var(--state); }
.mark .cut { fill: none; stroke-linejoin: round; stroke-linecap: round; stroke: var(--st-secondary-background-color); stroke-width: 1.6; }
.state { overflow: hidden; text-overflow: ellipsis; }
.value { flex: none; margin-left: auto; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.name { color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cell:hover { border-color: color-mix(in srgb, var(--st-text-color) 35%, transparent); }
.cell[aria-selected="true"] { --quiet: color-mix(in srgb, var(--st-text-color) 80%, var(--st-background-color)); border-color: var(--st-primary-color); background: color-mix(in srgb, var(--st-primary-color) 16%, var(--st-background-color)); }
.cell:focus { outline: none; }
.cell:focus-visible::after {
  content: ""; position: absolute; inset: 0; border: 2px solid #fff; outline: 2px solid #000; outline-offset: -4px;
  border-radius: inherit; pointer-events: none;
}
.grid.opening, .grid.opening .cell { cursor: progress; }
.band {
  position: absolute; box-sizing: border-box; pointer-events: none; z-index: 1;
  border: 1px solid var(--st-primary-color);
  background: color-mix(in srgb, var(--st-primary-color) 18%, transparent);
}
.tally {
  position: absolute; left: 50%; bottom: 12px; transform: translateX(-50%); z-index: 2;
  display: flex; align-items: center; gap: 8px; padding: 4px 4px 4px 12px; font-size: 14px;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 999px; box-shadow: 0 2px 10px rgb(0 0 0 / 0.25);
}
.tally[hidden] { display: none; }
.tally button {
  font: inherit; padding: 2px 12px; border: 0; border-radius: 999px; cursor: pointer;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
}
.tally button:focus-visible { outline: 2px solid var(--st-primary-color); }
`;
