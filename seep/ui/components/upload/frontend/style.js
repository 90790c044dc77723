/** The zone's style; every color is the theme's. */

export const STYLE = `
:host { display: block; }
.upload {
  font-family: var(--st-font); font-size: 14px; color: var(--st-text-color); font-variant-numeric: tabular-nums;
  --quiet: color-mix(in srgb, var(--st-text-color) 68%, var(--st-background-color));
}
.zones { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; margin-bottom: 8px; }
.zones.one { grid-template-columns: 1fr; }
.zone {
  display: flex; flex-direction: column; align-items: center; gap: 6px; text-align: center;
  min-height: 132px; padding: 12px; box-sizing: border-box;
  border: 1.5px dashed var(--st-border-color); border-radius: var(--st-base-radius); background: var(--st-secondary-background-color);
}
.zone.over { border-color: var(--st-primary-color); border-style: solid; background: color-mix(in srgb, var(--st-primary-color) 14%, var(--st-background-color)); }
.zone strong { font-weight: 600; }
.quiet { color: var(--quiet); font-size: 12px; }
.buttons { display: flex; gap: 8px; }
button {
  font: inherit; font-size: 13px; height: 28px; padding: 0 12px; cursor: pointer; color: var(--st-text-color);
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: 4px; white-space: nowrap;
}
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
input[type="file"] { position: absolute; width: 1px; height: 1px; opacity: 0; pointer-events: none; }
.line { display: flex; align-items: center; gap: 12px; height: 36px; }
.line .what { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
progress { width: 140px; height: 6px; accent-color: var(--st-primary-color); }
[hidden] { display: none !important; }
ul { margin: 0; padding: 0 0 0 18px; max-height: 120px; overflow-y: auto; font-size: 13px; }
.refused { border-left: 3px solid light-dark(#c0392b, #f0806c); padding: 4px 0 4px 10px; }
`;
