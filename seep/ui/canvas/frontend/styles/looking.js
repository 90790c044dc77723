/** Panels of the view. */

export const LOOKING = /* css */ `
.contrast { left: 8px; bottom: 40px; width: 272px; padding: 10px 12px; display: grid; gap: 8px; }
.contrast p { margin: 0; color: var(--faint); }
.contrast input[type="range"] { flex: 1; min-width: 0; }
.percent { min-width: 36px; text-align: right; }
`;
