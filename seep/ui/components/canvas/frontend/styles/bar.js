/** The bar below, and its buttons, which other parts use too. */

export const BAR = /* css */ `
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

@media (max-width: 1340px) { .bar { gap: 7px; } }
`;
