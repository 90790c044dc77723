/** Style of the epoch previews; all colors but those of the classes come from the theme. */

export const STYLE = `
:host { display: block; }
.previews {
  font-family: var(--st-font); font-size: 12px; color: var(--st-text-color); font-variant-numeric: tabular-nums;
  --quiet: color-mix(in srgb, var(--st-text-color) 68%, var(--st-background-color));
}
.head { display: flex; align-items: center; gap: 8px; height: 32px; }
.head label { white-space: nowrap; }
.head input { width: 112px; accent-color: var(--st-primary-color); margin: 0; }
.head input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.head .epoch { min-width: 144px; white-space: nowrap; }
.key { margin: 4px 0 0; color: var(--quiet); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, 104px); gap: 8px; min-height: 144px; }
.empty { grid-column: 1 / -1; display: grid; place-items: center; color: var(--quiet); font-size: 14px;
  border: 1px dashed var(--st-border-color); border-radius: var(--st-base-radius); }
.cell {
  display: block; padding: 0; border: 0; width: 104px; height: 144px; text-align: left; font: inherit; color: inherit;
  overflow: hidden; cursor: pointer; border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color);
}
.cell:hover { box-shadow: 0 0 0 2px color-mix(in srgb, var(--st-text-color) 35%, transparent); }
.cell:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.picture { position: relative; display: block; width: 104px; height: 104px;
  background: color-mix(in srgb, var(--st-text-color) 8%, transparent); }
.picture img, .picture canvas { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.picture canvas { image-rendering: pixelated; }
.picture .failed { position: absolute; inset: 0; display: grid; place-items: center; color: var(--quiet); }
.line { display: flex; justify-content: space-between; padding: 2px 4px 0; line-height: 18px; white-space: nowrap; }
.name { display: block; padding: 0 4px; line-height: 18px; color: var(--quiet);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;
