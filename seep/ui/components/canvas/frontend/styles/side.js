/** The column at the right: queue, classes, slicks, history. */

export const SIDE = /* css */ `
.side { grid-area: side; display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--line); background: var(--raised); }
.panel { display: flex; flex-direction: column; min-height: 0; border-bottom: 1px solid var(--line); }
.panel h2 { display: flex; justify-content: space-between; margin: 0; padding: 7px 10px 3px; font-weight: 600; color: var(--text); }
.panel h2 .faint { font-weight: 400; }
.panel.queue { flex: 1 1 0; min-height: 150px; }
.panel.classes { flex: none; }
.queued, .tabled { display: flex; flex-direction: column; min-height: 0; flex: 1; }
.done { appearance: none; display: block; width: calc(100% - 20px); height: 3px; margin: 0 10px 3px; border: 0; border-radius: 2px; overflow: hidden; background: #33333a; }
.done::-webkit-progress-bar { background: #33333a; }
.done::-webkit-progress-value { background: var(--good); }
.done::-moz-progress-bar { background: var(--good); }
.filtered { display: flex; align-items: center; gap: 5px; margin: 0; padding: 0 10px 4px; font-size: 11px; color: #8fd3ee; white-space: nowrap; }
.filtered[hidden] { display: none; }
.filtered .icon { font-size: 14px; }
.filtered span:last-child { overflow: hidden; text-overflow: ellipsis; }
.why { padding: 0 10px 4px; font-size: 11px; cursor: pointer; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.why:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.counted { display: flex; align-items: center; gap: 6px; }
.finder { display: flex; margin: -4px 0; padding: 0 2px; border-radius: 3px; color: var(--faint); }
.finder[hidden] { display: none; }
.finder[aria-expanded="true"] { background: #23404c; color: var(--text); }
.find { display: flex; gap: 4px; padding: 2px 10px; }
.find[hidden] { display: none; }
.find :is(select, input) { min-width: 0; width: 0; flex: 3; height: 22px; padding: 0 4px; border: 1px solid #45454c; border-radius: 4px; background: #151517; color: var(--text); font: inherit; font-size: 11px; color-scheme: dark; }
.find input { flex: 2; user-select: text; -webkit-user-select: text; }
.about { margin: 0; padding: 0 10px 4px; font-size: 11px; line-height: 14px; }
.panel.wide { flex: 0 0 auto; max-height: 132px; }
.panel.wide[data-status="open"] h2 .faint { color: var(--warn); }
.answers { display: flex; gap: 6px; padding: 1px 10px 4px; }
.answers button { flex: 1 1 auto; padding: 0 4px; display: flex; align-items: center; justify-content: center; gap: 4px; min-height: 24px; border: 1px solid #45454c; border-radius: 4px; font-size: 11px; white-space: nowrap; }
.answers button:hover:not(:disabled) { background: var(--hover); }
.answers kbd { font-size: 10px; padding: 0 2px; min-width: 0; }
.answers i { width: 9px; height: 9px; border-radius: 2px; }
.wide .eye[aria-pressed="true"] { color: #b388ff; }
.wide .list li { padding-right: 4px; }
.hatched { background: repeating-linear-gradient(135deg, #b388ff 0 2px, #151517 2px 4px); border: 1px solid #b388ff; }
.hatched.kept { background: #b388ff; }
.hatched.removed { background: none; border-style: dashed; }
.panel.suggested, .panel.measured { flex: 0 0 auto; }
.suggested [aria-busy="true"] { opacity: 0.5; }
.measures { display: grid; grid-template-columns: 1fr 1fr; gap: 0 12px; margin: 0; padding: 0 10px 4px; font-size: 11px; line-height: 16px; }
.measures div { display: flex; justify-content: space-between; }
.measures dt { color: var(--faint); }
.measures dd { margin: 0; white-space: nowrap; }
.cause { display: flex; align-items: center; gap: 6px; padding: 0 10px 6px; color: var(--faint); font-size: 11px; }
.cause select { flex: 1; min-width: 0; height: 24px; border: 1px solid #45454c; border-radius: 4px; background: #151517; color: var(--text); font: inherit; color-scheme: dark; }
.panel.slicks { flex: 0 100 172px; min-height: 56px; }
.sure { display: flex; align-items: center; gap: 6px; padding: 0 10px 3px; min-height: 24px; font-size: 11px; }
.sure span { flex: none; min-width: 66px; }
.sure input { flex: 1; width: 0; min-width: 0; }
.sure .value { min-width: 40px; text-align: right; }
.slicks .list li { flex-wrap: wrap; }
.doing { flex: 1 0 100%; display: flex; align-items: center; gap: 4px; padding: 2px 8px 5px 10px; }
.doing select { flex: 1; min-width: 0; height: 24px; border: 1px solid #45454c; border-radius: 4px; background: #151517; color: var(--text); font: inherit; font-size: 12px; color-scheme: dark; }
.panel.history { flex: 0 50 134px; min-height: 56px; border-bottom: 0; }
.history .what { display: flex; align-items: baseline; gap: 5px; }
.history .what b { display: inline; flex: 0 1 auto; max-width: 45%; }
.history .what small { display: inline; flex: 1; min-width: 0; }
.history .entry { padding-right: 2px; }
.list { list-style: none; margin: 0; padding: 0 0 4px; overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; min-height: 0; }
.list li { display: flex; align-items: center; position: relative; }
.list li > button:first-child, .entry { flex: 1; min-width: 0; display: flex; align-items: center; gap: 7px; padding: 2px 10px; min-height: 22px; text-align: left; }
.list li:hover { background: var(--hover); }
.list li[aria-current="true"] { background: #23404c; }
.what { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.what b { display: block; font-weight: 500; overflow: hidden; text-overflow: ellipsis; }
.what small { display: block; color: var(--faint); overflow: hidden; text-overflow: ellipsis; }
.value { color: #b9b9c0; font-size: 11px; white-space: nowrap; }
.queue li { content-visibility: auto; contain-intrinsic-size: auto 38px; scroll-margin-block: 38px; border-left: 3px solid transparent; }
.queue li:not([data-state="unreviewed"]) { border-left-color: var(--state); }
.queue li > button:first-child { padding: 2px 8px 2px 6px; }
.queue img { width: 34px; height: 34px; border-radius: 2px; background: #26262a; object-fit: cover; flex: none; }
.queue img.broken { visibility: hidden; }
.queue small { display: flex; align-items: center; gap: 3px; color: var(--state); }
.queue small .icon { font-size: 13px; }
.classes li { padding-right: 4px; }
.classes .off .what { color: var(--faint); text-decoration: line-through; }
kbd { min-width: 18px; padding: 1px 4px; border: 1px solid #43434a; border-radius: 3px; background: #29292d; color: var(--text); text-align: center; font-family: inherit; white-space: nowrap; }
.eye { width: 22px; height: 22px; display: grid; place-items: center; border-radius: 4px; color: #8f8f97; }
.eye .icon { font-size: 16px; }
.eye:hover:not(:disabled) { background: #38383e; color: var(--text); }
.off .eye { color: #55555c; }
.none { padding: 2px 10px; }
@media (max-height: 800px) {
  /* Queue and classes give way to what appears above the slicks: a row must not move under the pointer. */
  .panel.queue { min-height: 120px; }
  .panel.classes { flex: 0 1 auto; }
  .panel.slicks { flex: 0 0 112px; }
  .panel.history { flex: 0 0 104px; }
  .panel.wide:not([hidden]) ~ .panel.slicks { flex-basis: 76px; }
  .panel.wide:not([hidden]) ~ .panel.history { flex-basis: 80px; }
  .classes li > button:first-child { min-height: 20px; padding-top: 1px; padding-bottom: 1px; }
}
@media (max-height: 600px) {
  .side { overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; }
  .side .panel { flex: none; }
  .side .panel.queue { height: 150px; }
  .side :is(.panel.slicks, .panel.history) { max-height: 150px; }
}
`;
