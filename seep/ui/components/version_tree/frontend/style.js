/** The tree's style; every color is the theme's. */

export const STYLE = `
:host { display: block; }
.tree {
  position: relative; max-height: 420px; overflow: auto;
  font-family: var(--st-font); font-size: 14px; color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  --quiet: color-mix(in srgb, var(--st-text-color) 68%, var(--st-background-color));
}
table { width: 100%; border-collapse: collapse; }
th, td { height: 32px; box-sizing: border-box; padding: 0 7px; text-align: left; white-space: nowrap; }
th {
  position: sticky; top: 0; z-index: 2; font-weight: 400; font-size: 12px; color: var(--quiet);
  background: var(--st-secondary-background-color);
}
th::first-letter { text-transform: uppercase; }
tbody tr { cursor: pointer; }
tbody td { border-top: 1px solid color-mix(in srgb, var(--st-border-color) 60%, transparent); }
tbody tr:hover { background: color-mix(in srgb, var(--st-text-color) 5%, transparent); }
tbody tr[aria-selected="true"] { background: color-mix(in srgb, var(--st-primary-color) 16%, transparent); }
tbody tr:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
td.name { font-weight: 600; max-width: 220px; overflow: hidden; text-overflow: ellipsis; }
tr[data-state="dropped"] td { color: var(--quiet); }
tr[data-state="dropped"] td.name { text-decoration: line-through; font-weight: 400; }
td.pick { width: 34px; padding: 0 0 0 10px; }
td.pick input { display: block; width: 16px; height: 16px; margin: 0; accent-color: var(--st-primary-color); cursor: pointer; }
th.lines, td.lines { padding: 0; }
svg { position: absolute; pointer-events: none; z-index: 1; overflow: visible; }
path { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
circle { fill: var(--st-background-color); stroke: var(--quiet); stroke-width: 1.5; }
circle.kept { fill: var(--quiet); }
circle.active { fill: var(--st-primary-color); stroke: var(--st-primary-color); }
circle.halo { fill: none; stroke: var(--st-primary-color); }
path.cross { stroke-width: 1.8; }
`;
