/** The look of the Review surface: a neutral dark grey, so that grey values are judged fairly; an 8 px grid. */

export const STYLE = /* css */ `
:host { display: block; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.review {
  --ground: #151517; --raised: #1c1c1f; --line: #2c2c31; --hover: #2a2a2f; --text: #dcdce0; --faint: #9a9aa2;
  --accent: #4fa8cc; --accent-text: #0c1a20; --bad: #f0806c; --good: #5cc489; --warn: #e8c34a;
  display: grid; width: 100%; min-height: 480px; overflow: hidden; outline: none;
  grid-template: "tools stage side" minmax(0, 1fr) "bar bar bar" 44px / 44px minmax(0, 1fr) 204px;
  background: var(--ground); color: var(--text);
  font: 13px/1.35 -apple-system, "Segoe UI", "Noto Sans", "Source Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-user-select: none; user-select: none;
}
.icon {
  font: normal 20px/1 "Material Symbols Rounded"; display: inline-block; width: 1em; overflow: hidden;
  white-space: nowrap; letter-spacing: 0; font-feature-settings: "liga"; -webkit-font-smoothing: antialiased;
}
.grow { flex: 1; }
.faint { color: var(--faint); }
small, h2, .legend, .percent, kbd, .keyrow { font-size: 11px; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
button:disabled { opacity: 0.35; cursor: default; }
:is(button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 4px; }

.toolbar { grid-area: tools; display: flex; flex-direction: column; align-items: center; gap: 2px; padding: 6px 0; border-right: 1px solid var(--line); background: var(--raised); }
.toolbar hr { width: 24px; margin: 5px 0; border: 0; border-top: 1px solid var(--line); }
.tool { position: relative; width: 34px; height: 34px; display: grid; place-items: center; border-radius: 4px; color: #b9b9c0; }
.tool:hover:not(:disabled) { background: var(--hover); color: var(--text); }
.tool[aria-pressed="true"] { background: #23404c; color: #8fd3ee; }
.size { height: 28px; font-weight: 600; text-align: center; line-height: 13px; }
.size small { display: block; font-weight: 400; color: var(--faint); }

.header { grid-area: stage; align-self: start; z-index: 1; height: 40px; display: flex; align-items: center; gap: 14px; padding: 0 8px 0 12px; background: rgba(21, 21, 23, 0.88); white-space: nowrap; min-width: 0; }
.header .name { font-size: 14px; overflow: hidden; text-overflow: ellipsis; }
.header .faint, .others { overflow: hidden; text-overflow: ellipsis; }
.state { display: flex; width: 104px; flex: none; }
.chip, .saved { display: inline-flex; align-items: center; gap: 5px; }
.chip .icon, .saved .icon, .others .icon { font-size: 17px; flex: none; }
.saved { min-width: 130px; flex: 0 1 auto; overflow: hidden; color: var(--faint); opacity: 1 !important; }
.saved[data-status="clean"] .icon { color: var(--good); }
.saved[data-status="failed"], .saved[data-status="conflict"], .others { color: var(--bad); }
.others { display: inline-flex; align-items: center; gap: 5px; }
.place { min-width: 58px; text-align: center; }
.header .tool { width: 30px; height: 30px; flex: none; }

.stage { grid-area: stage; position: relative; overflow: hidden; background: var(--ground); }
.stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; touch-action: none; }
.stage.panning canvas { cursor: grab !important; }
.readout { position: absolute; left: 8px; bottom: 8px; height: 24px; display: flex; align-items: center; gap: 8px; padding: 0 8px; border-radius: 4px; background: rgba(21, 21, 23, 0.82); pointer-events: none; white-space: pre; }
.readout .place { min-width: 96px; text-align: left; }
.readout .raw { min-width: 72px; }
.readout .what { min-width: 88px; }
.readout.outside > :not(.zoom) { display: none; }
.readout .zoom { min-width: 44px; text-align: right; color: var(--faint); }
i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; flex: none; box-shadow: inset 0 0 0 1px rgba(255, 255, 255, 0.16); }
i.weave { background-image: repeating-linear-gradient(135deg, #e6e6e6 0 2px, #3c3c3c 2px 4px); }

.notice, .conflict, .contrast { position: absolute; border: 1px solid #3b3b42; border-radius: 6px; background: #232327; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.5); }
.notice { top: 48px; left: 50%; transform: translateX(-50%); display: flex; align-items: center; gap: 10px; width: max-content; max-width: calc(100% - 32px); padding: 4px 4px 4px 12px; }
.notice .action { flex: none; white-space: nowrap; }
.notice .icon { color: var(--accent); flex: none; }
.notice .tool .icon { color: inherit; font-size: 18px; }
.conflict { top: 48px; left: 50%; transform: translateX(-50%); width: min(620px, calc(100% - 24px)); padding: 12px 16px; }
.conflict h2 { display: flex; align-items: center; gap: 8px; margin: 0; font-size: 14px; color: var(--text); text-transform: none; letter-spacing: 0; }
.conflict h2 .icon { color: var(--warn); }
.conflict p { margin: 8px 0; }
.row { display: flex; align-items: center; gap: 8px; }
.contrast { left: 8px; bottom: 40px; width: 272px; padding: 10px 12px; display: grid; gap: 8px; }
.contrast p { margin: 0; color: var(--faint); }
.contrast input[type="range"] { flex: 1; min-width: 0; }
.percent { min-width: 36px; text-align: right; }

.placeholder { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 8px; text-align: center; background: var(--ground); }
.placeholder > .icon { font-size: 40px; color: var(--faint); }
.placeholder h2 { margin: 0; font-size: 18px; font-weight: 600; }
.placeholder p { margin: 0 0 8px; color: var(--faint); max-width: 48ch; }
.placeholder[data-stage="failed"] > .icon { color: var(--bad); }
.placeholder[data-stage="done"] > .icon { color: var(--good); }
.skeleton { width: min(70vh, 60%); aspect-ratio: 1; border-radius: 4px; opacity: 0; animation: appear 120ms 150ms forwards; background: linear-gradient(110deg, #1c1c1f 40%, #242428 50%, #1c1c1f 60%) 0 0 / 200% 100%; }
@keyframes appear { to { opacity: 1; } }

.side { grid-area: side; display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--line); background: var(--raised); }
.panel { display: flex; flex-direction: column; min-height: 0; border-bottom: 1px solid var(--line); }
.panel h2 { display: flex; justify-content: space-between; margin: 0; padding: 7px 10px 3px; font-weight: 600; color: var(--text); }
.panel h2 .faint { font-weight: 400; }
.panel.queue { flex: 1 1 0; }
.panel.slicks { flex: 0 0 126px; }
.panel.history { flex: 0 0 134px; border-bottom: 0; }
.list { list-style: none; margin: 0; padding: 0 0 4px; overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; min-height: 0; }
.list li { display: flex; align-items: center; position: relative; }
.list li > button:first-child, .entry { flex: 1; min-width: 0; display: flex; align-items: center; gap: 7px; padding: 2px 10px; min-height: 22px; text-align: left; }
.list li:hover { background: var(--hover); }
.list li[aria-current="true"] { background: #23404c; }
.what { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.what b { display: block; font-weight: 500; overflow: hidden; text-overflow: ellipsis; }
.what small { display: block; color: var(--faint); overflow: hidden; text-overflow: ellipsis; }
.value { color: #b9b9c0; font-size: 11px; white-space: nowrap; }
.queue li { content-visibility: auto; contain-intrinsic-size: auto 46px; border-left: 3px solid transparent; }
.queue li:not([data-state="unreviewed"]) { border-left-color: var(--state); }
.queue li > button:first-child { padding: 3px 8px 3px 6px; }
.queue img { width: 40px; height: 40px; border-radius: 2px; background: #26262a; object-fit: cover; flex: none; }
.queue small { color: var(--state); }
.classes li { padding-right: 4px; }
.classes .off .what { color: var(--faint); text-decoration: line-through; }
kbd { min-width: 18px; padding: 1px 4px; border: 1px solid #43434a; border-radius: 3px; background: #29292d; color: var(--text); text-align: center; font-family: inherit; white-space: nowrap; }
.eye { width: 22px; height: 22px; display: grid; place-items: center; border-radius: 4px; color: #8f8f97; }
.eye .icon { font-size: 16px; }
.eye:hover:not(:disabled) { background: #38383e; color: var(--text); }
.off .eye { color: #55555c; }
.none { padding: 2px 10px; }

.bar { grid-area: bar; display: flex; align-items: center; gap: 10px; padding: 0 8px; border-top: 1px solid var(--line); background: var(--raised); white-space: nowrap; min-width: 0; }
.action { position: relative; display: inline-flex; align-items: center; gap: 6px; height: 30px; padding: 0 12px; border-radius: 4px; background: #303036; }
.action:hover:not(:disabled) { background: #3a3a41; }
.action .icon { font-size: 18px; }
.quiet { background: transparent; border: 1px solid #3b3b42; }
.quiet[aria-pressed="true"] { background: #23404c; border-color: #2f5a6c; color: #8fd3ee; }
.primary { background: var(--accent); color: var(--accent-text); font-weight: 600; }
.primary:hover:not(:disabled) { background: #6bbad8; }
.bar .primary { min-width: 132px; justify-content: center; }
.choice { display: inline-flex; border: 1px solid #3b3b42; border-radius: 4px; }
.choice button { position: relative; height: 28px; padding: 0 10px; color: #b9b9c0; border-radius: 3px; }
.choice button:hover:not(:disabled) { background: var(--hover); }
.choice button[aria-pressed="true"] { background: #23404c; color: #8fd3ee; }
.opacity { display: inline-flex; align-items: center; gap: 6px; }
.opacity .icon { font-size: 18px; color: var(--faint); }
input[type="range"] { width: 96px; accent-color: var(--accent); }
.legend { display: none; align-items: center; gap: 5px; }
.legend i:not(:first-child) { margin-left: 8px; }
.bar[data-overlay="difference"] .legend { display: inline-flex; }

[data-tip]:is(:hover, :focus-visible)::after {
  content: attr(data-tip); position: absolute; z-index: 9; width: max-content; max-width: 280px; padding: 6px 9px; border: 1px solid #45454c; border-radius: 4px;
  background: #2a2a2f; color: var(--text); font-size: 12px; font-weight: 400; line-height: 1.4; white-space: pre-line; text-align: left; pointer-events: none;
  box-shadow: 0 3px 10px rgba(0, 0, 0, 0.45); opacity: 0; animation: appear 100ms 450ms forwards;
}
.tip-right::after { left: calc(100% + 8px); top: 0; }
.tip-below::after { right: 0; top: calc(100% + 6px); }
.tip-above::after { left: 50%; bottom: calc(100% + 8px); transform: translateX(-50%); }
.tip-start::after { left: 0; transform: none; }
.tip-end::after { left: auto; right: 0; transform: none; }

.sheet { border: 1px solid #45454c; border-radius: 8px; padding: 16px 24px 20px; background: #1f1f23; color: var(--text); font-size: 13px; }
.sheet::backdrop { background: rgba(0, 0, 0, 0.55); }
.sheet h2 { display: flex; align-items: center; margin: 0 0 8px; font-size: 16px; }
.sheet h3 { margin: 0 0 8px; font-size: 13px; color: var(--faint); font-weight: 600; }
.columns { display: grid; grid-template-columns: repeat(3, auto); gap: 0 32px; }
.keyrow { display: flex; align-items: center; gap: 10px; min-height: 26px; font-size: 13px; }
.keyrow kbd { min-width: 92px; }
@media (max-width: 1340px) { .legend i:not(:first-child) { margin-left: 2px; } .bar { gap: 7px; } }
@media (prefers-reduced-motion: reduce) { * { animation-duration: 1ms !important; animation-delay: 0s !important; transition: none !important; } }
`;
