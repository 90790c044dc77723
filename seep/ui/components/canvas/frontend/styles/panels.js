/** Tool options, selection, notices and dialogs. */

export const PANELS = /* css */ `
.notice, .conflict, .card { position: absolute; border: 1px solid #3b3b42; border-radius: 6px; background: #232327; box-shadow: 0 4px 16px rgba(0, 0, 0, 0.5); }
.notice { top: 48px; left: 50%; transform: translateX(-50%); display: flex; align-items: center; gap: 10px; width: max-content; max-width: calc(100% - 32px); padding: 4px 4px 4px 12px; }
.notice .action { flex: none; white-space: nowrap; }
.notice .icon { color: var(--accent); flex: none; }
.notice .tool .icon { color: inherit; font-size: 18px; }
.conflict { top: 48px; left: 50%; transform: translateX(-50%); width: min(620px, calc(100% - 24px)); padding: 12px 16px; }
.conflict h2 { display: flex; align-items: center; gap: 8px; margin: 0; font-size: 14px; color: var(--text); text-transform: none; letter-spacing: 0; }
.conflict h2 .icon { color: var(--warn); }
.conflict p { margin: 8px 0; }
.versions { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.version { display: flex; flex-direction: column; gap: 6px; }
.version button { height: auto; min-height: 28px; }
.version button[data-side] { display: flex; flex-direction: column; align-items: center; gap: 4px; padding: 6px; border: 1px solid #3b3b42; border-radius: 6px; background: #19191c; color: var(--text); font: inherit; cursor: pointer; }
.version button[data-side][aria-pressed="true"] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.stage .version canvas { position: static; inset: auto; width: 120px; height: 120px; background: #2c2c31; }
.note { top: 48px; right: 12px; display: flex; align-items: center; gap: 8px; width: min(560px, calc(100% - 24px)); padding: 6px 8px; z-index: 2; }
.note input { flex: 1; min-width: 0; height: 30px; padding: 0 8px; border: 1px solid #45454c; border-radius: 4px; background: #151517; color: var(--text); font: inherit; user-select: text; -webkit-user-select: text; }
.note { flex-wrap: wrap; }
.note .reasons { display: flex; flex-wrap: wrap; gap: 4px; flex: 0 0 100%; }
.note .reasons[hidden] { display: none; }
.note .reasons kbd { margin-right: 6px; }
.note input::placeholder { color: #8f8f97; }
.row { display: flex; align-items: center; gap: 8px; }
.placeholder { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 8px; text-align: center; background: var(--ground); }
.placeholder > .icon { font-size: 40px; color: var(--faint); }
.placeholder h2 { margin: 0; font-size: 18px; font-weight: 600; }
.placeholder p { margin: 0 0 8px; color: var(--faint); max-width: 48ch; text-wrap: balance; }
.placeholder .session { color: var(--text); }
.placeholder:is([data-stage="failed"], [data-stage="missing"]) > .icon { color: var(--bad); }
.placeholder[data-stage="done"] > .icon { color: var(--good); }
.skeleton { width: min(70vh, 60%); aspect-ratio: 1; border-radius: 4px; opacity: 0; animation: appear 120ms 150ms forwards; background: linear-gradient(110deg, #1c1c1f 40%, #242428 50%, #1c1c1f 60%) 0 0 / 200% 100%; }
@keyframes appear { to { opacity: 1; } }

.sheet { border: 1px solid #45454c; border-radius: 8px; padding: 16px 24px 20px; background: #1f1f23; color: var(--text); font-size: 13px; }
.sheet::backdrop { background: rgba(0, 0, 0, 0.55); }
.sheet h2 { display: flex; align-items: center; margin: 0 0 8px; font-size: 16px; }
.sheet h3 { margin: 0 0 8px; font-size: 13px; color: var(--faint); font-weight: 600; }
.columns { display: grid; grid-template-columns: repeat(3, auto); gap: 0 32px; }
.keyrow { display: flex; align-items: center; gap: 10px; min-height: 26px; font-size: 13px; }
.keyrow kbd { min-width: 112px; }
@media (max-height: 800px) { .sheet { padding: 10px 24px 12px; } .keyrow { min-height: 24px; } }
.strip { grid-area: strip; display: flex; flex-direction: column; gap: 8px; margin-top: 40px; padding: 0 6px 6px; min-height: 0; overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; border-right: 1px solid var(--line); }
.strip .fold { display: none; }
@media (max-width: 1199px) {
  .strip { grid-area: status; position: relative; z-index: 2; justify-self: start; margin: 0; padding: 2px 4px; overflow: visible; border: 0; }
  .strip .fold { display: flex; align-items: center; gap: 4px; height: 24px; padding: 0 4px; border-radius: 4px; font-weight: 600; }
  .strip .fold:hover { background: var(--hover); }
  .strip .fold .icon { font-size: 18px; }
  .strip:not(.open) :is(.options, .selection) { display: none; }
  .strip :is(.options, .selection) { position: absolute; left: 4px; bottom: 32px; width: 184px; max-height: calc(100vh - 200px); overflow-y: auto; border: 1px solid #3b3b42; background: #232327; }
  .strip .selection { left: 194px; }
  .strip .options h2 { display: none; }
}
.options { display: grid; gap: 8px; padding: 8px 10px 10px; border-radius: 6px; background: rgba(28, 28, 31, 0.9); font-size: 12px; }
.options h2 { margin: 0; font-weight: 600; color: var(--text); }
.options p { margin: 0; font-size: 11px; line-height: 1.45; }
.options > :is(label, div) { display: grid; gap: 3px; }
.options span { display: flex; justify-content: space-between; gap: 6px; color: var(--faint); }
.options output { color: var(--text); white-space: nowrap; }
.options input[type="range"] { width: 100%; margin: 0; height: 16px; }
.options .choice { display: flex; }
.options .choice button { flex: auto; height: 24px; white-space: nowrap; padding: 0 4px; font-size: 12px; }
.options .check { display: flex; align-items: center; gap: 6px; }
.selection { display: grid; gap: 2px; padding: 8px 6px; border-radius: 6px; background: rgba(28, 28, 31, 0.9); font-size: 12px; }
.selection p { margin: 0 4px 4px; font-size: 11px; line-height: 1.45; min-height: 32px; }
.selection button { display: flex; align-items: center; gap: 6px; height: 26px; padding: 0 4px; font-size: 12px; text-align: left; }
.selection .icon { font-size: 16px; }
.selection kbd { margin-left: auto; }
`;
