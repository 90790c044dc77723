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
.working { position: absolute; left: 50%; bottom: 44px; transform: translateX(-50%); display: flex; align-items: center; gap: 8px; height: 32px; padding: 0 12px; border: 1px solid #3b3b42; border-radius: 6px; background: #232327; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.5); opacity: 0; animation: appear 120ms 150ms forward; white-space: nowrap; }
.working[hidden] { display: none; }
.working .spinner { width: 14px; height: 14px; border-radius: 50%; border: 2px solid #45454c; border-top-color: var(--accent); box-shadow: none; animation: turn 0.8s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; flex: none; box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.16); }
i.weave { background-image: repeating-linear-gradient(135deg, #e6e6e6 0 2px, #3c3c3c 2px 4px); }
`;
