/** The toolbar, the header and the bar below the image. */

export const BARS = /* css */ `
.toolbar { grid-area: tools; display: flex; flex-direction: column; align-items: center; gap: 2px; padding: 6px 0; border-right: 1px solid var(--line); background: var(--raised); }
@media (max-height: 600px) { .toolbar { flex-wrap: wrap; align-content: center; } .toolbar hr { margin: 2px 0; } }
.toolbar hr { width: 24px; margin: 5px 0; border: 0; border-top: 1px solid var(--line); }
.tool { position: relative; width: 34px; height: 34px; display: grid; place-items: center; border-radius: 4px; color: #b9b9c0; }
.tool:hover:not(:disabled) { background: var(--hover); color: var(--text); }
.tool[aria-pressed="true"] { background: #23404c; color: #8fd3ee; }
.size { height: 28px; font-weight: 600; text-align: center; line-height: 13px; }
.size small { display: block; font-weight: 400; color: var(--faint); }
.header { grid-row: stage-start; grid-column: strip-start / stage-end; align-self: start; z-index: 1; height: 40px; display: flex; align-items: center; gap: 14px; padding: 0 8px 0 12px; background: rgba(21, 21, 23, 0.88); white-space: nowrap; min-width: 0; }
.header .name { flex: none; max-width: 30%; font-size: 14px; overflow: hidden; text-overflow: ellipsis; }
.header .faint, .others { overflow: hidden; text-overflow: ellipsis; }
.header.noted :is(.scene, .session, .training) { display: none; }
.state { display: flex; gap: 10px; min-width: 88px; flex: none; }
.chip, .saved { display: inline-flex; align-items: center; gap: 5px; }
.chip .icon, .saved .icon, .others .icon { font-size: 17px; flex: none; }
.saved { min-width: 130px; flex: none; overflow: hidden; color: var(--faint); opacity: 1 !important; }
.saved[data-status="clean"] .icon { color: var(--good); }
.saved[data-status="clean"][data-draft="true"] .icon { color: var(--warn); }
.saved[data-status="failed"], .saved[data-status="conflict"], .others { color: var(--bad); }
.others { display: inline-flex; align-items: center; gap: 5px; flex: none; max-width: 40%; }
.others span:last-child { overflow: hidden; text-overflow: ellipsis; }
.others:hover { text-decoration: underline; }
.header.crowded :is(.scene, .session, .training) { display: none; }
.said { flex: 0 1 auto; min-width: 0; max-height: 36px; overflow: hidden; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; white-space: normal; line-height: 17px; color: #b9b9c0; }
.said:empty { display: none; }
.session, .training { flex: 0 0 auto; }
.header:is([data-saved="failed"], [data-saved="conflict"]) :is(.scene, .session, .training, .said) { display: none; }
.header[data-saved="failed"] .saved { flex: 0 0.2 auto; white-space: normal; text-align: left; line-height: 1.25; max-height: 38px; }
.place { min-width: 58px; text-align: center; }
.header .tool { width: 30px; height: 30px; flex: none; }
.bar { grid-area: bar; display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; min-height: 44px; padding: 6px 8px; border-top: 1px solid var(--line); background: var(--raised); white-space: nowrap; min-width: 0; }
.action { position: relative; display: inline-flex; align-items: center; gap: 6px; height: 30px; padding: 0 12px; border-radius: 4px; background: #303036; }
.action:hover:not(:disabled) { background: #3a3a41; }
.action .icon { font-size: 18px; }
.action[data-changed="true"]::before { content: ""; position: absolute; top: 4px; left: 26px; width: 7px; height: 7px; border-radius: 50%; background: var(--warn); }
.quiet { background: transparent; border: 1px solid #3b3b42; }
.quiet[aria-pressed="true"] { background: #23404c; border-color: #2f5a6c; color: #8fd3ee; }
.action[aria-disabled="true"], .action[aria-disabled="true"]:hover { background: #29292e; color: var(--faint); cursor: default; }
.primary:not([aria-disabled="true"]) { background: var(--accent); color: var(--accent-text); font-weight: 600; }
.primary:hover:not(:disabled, [aria-disabled="true"]) { background: #6bbad8; }
.bar .primary { min-width: 132px; justify-content: center; }
.choice { display: inline-flex; border: 1px solid #3b3b42; border-radius: 4px; }
.choice button { position: relative; height: 28px; padding: 0 10px; color: #b9b9c0; border-radius: 3px; }
.choice button:hover:not(:disabled) { background: var(--hover); }
.choice button[aria-pressed="true"] { background: #23404c; color: #8fd3ee; }
.opacity { display: inline-flex; align-items: center; gap: 6px; }
.opacity .icon { font-size: 18px; color: var(--faint); }
input[type="range"] { width: 96px; accent-color: var(--accent); }

@media (max-width: 1500px) {
  .bar { gap: 6px 7px; }
  .bar .action { padding: 0 8px; }
  .bar .choice button { padding: 0 7px; }
  .bar input[type="range"] { width: 64px; }
}
@media (max-width: 1340px) { .header .session, .header:has(.saved[data-draft="true"]) .training { display: none; } }
@media (max-width: 1199px) { .header { grid-area: stage; gap: 8px; } .header :is(.scene, .session, .training) { display: none; } .header .state, .header .saved { min-width: 0; } }
@media (max-width: 900px) { .header .name { flex: 0 1 auto; max-width: none; } .header .saved { width: 17px; gap: 8px; } .header .state { display: none; } }
@media (max-width: 1340px) { .bar .opacity .icon, .bar .opacity .percent { display: none; } }
`;
