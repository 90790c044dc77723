/** The look of the table of keys, in the colors of the page's theme. */

export const STYLE = /* css */ `
* { box-sizing: border-box; }
.keys { color: var(--st-text-color); font: 13px/1.4 var(--st-font, sans-serif); }
.groups { columns: 3 240px; column-gap: 32px; }
section { break-inside: avoid; margin-bottom: 16px; }
h3 { margin: 0 0 4px; font-size: 13px; font-weight: 600; }
.row { display: flex; align-items: center; gap: 8px; min-height: 32px; border-bottom: 1px solid var(--st-border-color); }
.row span { flex: 1; min-width: 0; }
button { font: inherit; color: inherit; cursor: pointer; border-radius: 4px; }
.key, .foot button { min-height: 26px; padding: 0 10px; border: 1px solid var(--st-border-color); background: var(--st-secondary-background-color); white-space: nowrap; }
.key { min-width: 84px; }
.key:hover, .foot button:hover:not(:disabled) { border-color: var(--st-primary-color); }
.key[aria-pressed="true"] { border-color: var(--st-primary-color); box-shadow: inset 0 0 0 1px var(--st-primary-color); }
.back { padding: 0 4px; border: 0; background: none; font-size: 12px; text-decoration: underline; opacity: 0.8; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button:disabled { opacity: 0.4; cursor: default; }
.foot { display: flex; align-items: center; gap: 16px; min-height: 28px; }
.said { margin: 0; }
.bad { font-weight: 600; }
[hidden] { display: none; }
`;
