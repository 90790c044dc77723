/** The strip of the chosen tool's options: narrow, in the room that a fitted tile leaves at the left. */

export const OPTIONS = /* css */ `
.strip { position: absolute; left: 8px; top: 48px; width: 148px; display: grid; gap: 8px; pointer-events: none; }
.strip > * { pointer-events: auto; }
.options { display: grid; gap: 8px; padding: 8px 10px 10px; border-radius: 6px; background: rgba(28, 28, 31, 0.9); font-size: 12px; }
.options h2 { margin: 0; font-weight: 600; color: var(--text); }
.options p { margin: 0; font-size: 11px; line-height: 1.45; }
.options > :is(label, div) { display: grid; gap: 3px; }
.options span { display: flex; justify-content: space-between; gap: 6px; color: var(--faint); }
.options output { color: var(--text); white-space: nowrap; }
.options input[type="range"] { width: 100%; margin: 0; height: 16px; }
.options .choice { display: flex; }
.options .choice button { flex: 1; height: 24px; padding: 0 4px; font-size: 12px; }
.options .check { display: flex; align-items: center; gap: 6px; }
`;
