/** The strip of passes between image and queue. */

export const PASSES = /* css */ `
.passes { grid-area: passes; width: 172px; display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--line); background: var(--raised); }
.review:is([data-stage="missing"], [data-stage="failed"], [data-stage="empty"], [data-stage="done"]) .passes { display: none; }
.passes h2 { display: flex; align-items: center; margin: 0; padding: 4px 2px 2px 10px; font-weight: 600; color: var(--text); }
.passes h2 > span { flex: 1; }
.passes h2 .faint { font-weight: 400; }
.passes .tool { width: 28px; height: 28px; }
.passes.closed { width: 32px; }
.passes.closed h2 { padding: 4px 2px; }
.passes.closed :is(.tabled, h2 > span, h2 > .tool:first-of-type) { display: none; }
.passes.closed::after { content: "Passes"; align-self: center; margin-top: 8px; writing-mode: vertical-rl; color: var(--faint); font-size: 11px; }
.passes .list { flex: 0 1 auto; }
.passes .list li > button:first-child { gap: 8px; padding: 3px 8px; }
.passes .list canvas { width: 60px; height: 60px; object-fit: contain; border-radius: 2px; background: #0c0c0d; flex: none; }
.passes .what b { display: flex; align-items: center; gap: 5px; }
.passes .what b i { width: 9px; height: 9px; border-radius: 50%; }
.passes .what small { display: flex; align-items: center; gap: 3px; }
.passes .what small .icon { font-size: 13px; }
.sites { flex: 1 1 0; min-height: 0; overflow-y: auto; scrollbar-width: thin; scrollbar-color: #45454c transparent; border-top: 1px solid var(--line); }
.sites:empty { border-top: 0; }
.evidence { display: grid; gap: 2px; padding: 7px 10px; border-bottom: 1px solid var(--line); font-size: 12px; }
.evidence b { display: flex; justify-content: space-between; font-weight: 600; }
.evidence b .faint { font-weight: 400; }
.evidence em { font-style: normal; color: #f2cd7a; }
.evidence small { color: var(--faint); }
.evidence q { color: #b9b9c0; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.evidence a { color: #8fd3ee; }
.evidence a:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.badge { position: absolute; top: 48px; right: 8px; padding: 4px 10px; border: 1px solid #2f5a6c; border-radius: 4px; background: rgba(28, 44, 52, 0.94); color: #cfe9f5; font-size: 12px; pointer-events: none; }
@media (max-height: 800px) { .passes .list canvas { width: 48px; height: 48px; } .passes { width: 160px; } }
`;
