/** The image, and what is drawn over it. */

export const STAGE = /* css */ `
.stage { grid-area: stage; position: relative; overflow: hidden; background: var(--ground); }
.stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.stage > canvas:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; z-index: 0; }
.stage.panning canvas { cursor: grab !important; }
.readout .db, .readout .likely { min-width: 52px; color: var(--faint); }
.readout .place { min-width: 96px; text-align: left; }
.readout .raw { min-width: 72px; }
.readout .what { min-width: 88px; }
.readout.outside > :not(.zoom, .pen) { display: none; }
.readout .pen:not(:empty) { padding: 0 6px; border-radius: 3px; background: var(--accent); color: #10161a; }
.readout .zoom { min-width: 44px; text-align: right; color: var(--faint); }
.working { position: absolute; left: 50%; bottom: 12px; transform: translateX(-50%); display: flex; align-items: center; gap: 8px; height: 32px; padding: 0 12px; border: 1px solid #3b3b42; border-radius: 6px; background: #232327; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.5); opacity: 0; animation: appear 120ms 150ms forwards; white-space: nowrap; }
.working[hidden] { display: none; }
.working .spinner { width: 14px; height: 14px; border-radius: 50%; border: 2px solid #45454c; border-top-color: var(--accent); box-shadow: none; animation: turn 0.8s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; flex: none; box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.16); }
i.weave { background-image: repeating-linear-gradient(135deg, #e6e6e6 0 2px, #3c3c3c 2px 4px); }
.contrast { left: 8px; bottom: 8px; max-height: calc(100% - 16px); overflow-y: auto; width: 272px; padding: 10px 12px; display: grid; gap: 8px; }
.stage canvas.histogram { position: static; width: 100%; height: 48px; background: #151517; border-radius: 3px; }
.contrast p { margin: 0; color: var(--faint); }
.contrast input[type="range"] { flex: 1; min-width: 0; }
.percent { min-width: 36px; text-align: right; }
.view { left: 8px; bottom: 8px; max-height: calc(100% - 16px); overflow-y: auto; width: 304px; padding: 10px 12px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 7px; }
.view:focus { outline: none; }
.view hr { width: 100%; margin: 2px 0; border: 0; border-top: 1px solid #3b3b42; }
.view .row { min-height: 24px; }
.view .name { width: 76px; color: var(--faint); flex: none; }
.view .choice button { height: 24px; }
.view input[type="checkbox"] { accent-color: var(--accent); margin: 0; }
select { flex: 1; min-width: 0; height: 26px; padding: 0 4px; text-overflow: ellipsis; border: 1px solid #3b3b42; border-radius: 4px; background: #303036; color: var(--text); font: inherit; }
select:focus-visible, .grip:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.below { grid-area: status; display: flex; align-items: center; gap: 6px; min-width: 0; overflow: hidden; border-top: 1px solid var(--line); white-space: pre; }
@media (max-width: 1199px) { .below { padding-left: 112px; } }
.below > * { height: 24px; display: flex; align-items: center; gap: 6px; padding: 0 8px; }
.below .scalebar { flex: none; order: -1; }
.scalebar { font-size: 11px; }
.scalebar .line { height: 6px; border: 1.5px solid var(--text); border-top: 0; }
.below .legend i:not(:first-child) { margin-left: 6px; }
.legend .ramp { width: 96px; height: 10px; margin: 0 !important; }
.stage canvas.minimap { inset: auto 8px 8px auto; width: auto; height: auto; border: 1px solid #3b3b42; border-radius: 4px; background: #0c0c0d; box-shadow: 0 3px 10px rgba(0, 0, 0, 0.5); cursor: pointer; touch-action: none; }
.divider { position: absolute; top: 0; bottom: 0; width: 13px; margin-left: -6px; cursor: ew-resize; touch-action: none; background: linear-gradient(to right, transparent 4px, rgba(0, 0, 0, 0.7) 4px 5px, #fff 5px 8px, rgba(0, 0, 0, 0.7) 8px 9px, transparent 9px); }
.divider .grip { position: absolute; left: -7px; top: 50%; width: 27px; height: 27px; margin-top: -13px; border-radius: 50%; background: #fff; box-shadow: 0 0 0 1px rgba(0, 0, 0, 0.7), 0 2px 6px rgba(0, 0, 0, 0.5); }
.divider .grip::before { content: "\\2039\\2009\\203a"; display: block; color: #222; font: 700 17px/25px sans-serif; text-align: center; }
.divider b { position: absolute; top: 48px; padding: 2px 8px; border-radius: 4px; background: rgba(21, 21, 23, 0.85); font-weight: 500; font-size: 11px; white-space: nowrap; }
.divider .left { right: 16px; }
.divider .right { left: 16px; }
`;
