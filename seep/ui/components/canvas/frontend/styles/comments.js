/** Comments: the button, the card with threads, and the pins. */

export const COMMENTS = /* css */ `
.talk { position: relative; }
.talk[hidden] { display: none; }
.talk .count { position: absolute; top: 0; right: 0; min-width: 14px; border-radius: 7px; background: var(--accent); color: #101013; font-size: 10px; line-height: 14px; font-weight: 600; }
.talk .count:empty { display: none; }
.comments { top: 48px; right: 12px; z-index: 2; display: flex; flex-direction: column; width: min(320px, calc(100% - 24px)); max-height: calc(100% - 60px); padding: 8px 10px; font-size: 12px; }
.comments[hidden] { display: none; }
.comments h2 { display: flex; align-items: center; justify-content: space-between; margin: 0; font-size: 13px; color: var(--text); }
.threads { list-style: none; margin: 4px 0; padding: 0; min-height: 0; overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; }
.threads li { padding: 6px 0; border-bottom: 1px solid var(--line); }
.threads li[aria-current="true"] { box-shadow: inset 2px 0 0 var(--accent); padding-left: 6px; }
.threads li.resolved .entry { opacity: 0.65; }
.threads .entry { display: block; padding: 0; min-height: 0; }
.threads .answer { margin: 4px 0 0 12px; }
.threads small { margin-left: 6px; }
.threads p { margin: 2px 0; overflow-wrap: anywhere; white-space: pre-wrap; user-select: text; -webkit-user-select: text; }
.threads .row { gap: 4px; }
.threads .row .action { height: 24px; padding: 0 6px; font-size: 12px; }
.comments form { display: grid; gap: 6px; }
.comments form[hidden] { display: none; }
.comments form .row { justify-content: space-between; }
.comments textarea { resize: vertical; min-height: 44px; max-height: 160px; padding: 6px 8px; border: 1px solid #45454c; border-radius: 4px; background: #151517; color: var(--text); font: inherit; user-select: text; -webkit-user-select: text; }
.comments textarea::placeholder { color: #8f8f97; }
.commented { display: flex; align-items: center; gap: 2px; flex: none; font-size: 11px; }
.commented .icon { font-size: 14px; }
.pins { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
.pin, .threads .number { min-width: 18px; height: 18px; padding: 0 3px; border-radius: 9px 9px 9px 0; background: var(--accent); color: #101013; font-size: 11px; line-height: 18px; font-weight: 600; text-align: center; }
.pin { position: absolute; left: 0; top: -18px; border: 1px solid #101013; cursor: pointer; pointer-events: auto; }
.threads .number { display: inline-block; margin-right: 6px; }
`;
