/** The canvas, and the read-out over it. */

export const STAGE = /* css */ `
.stage { grid-area: stage; position: relative; overflow: hidden; background: var(--ground); }
.stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.stage.panning canvas { cursor: grab !important; }
.readout .db, .readout .likely { min-width: 52px; color: var(--faint); }
.readout .place { min-width: 96px; text-align: left; }
.readout .raw { min-width: 72px; }
.readout .what { min-width: 88px; }
.readout.outside > :not(.zoom) { display: none; }
.readout .zoom { min-width: 44px; text-align: right; color: var(--faint); }
i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; flex: none; box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.16); }
i.weave { background-image: repeating-linear-gradient(135deg, #e6e6e6 0 2px, #3c3c3c 2px 4px); }
`;
