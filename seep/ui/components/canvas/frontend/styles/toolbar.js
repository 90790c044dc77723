/** The column of tools. */

export const TOOLBAR = /* css */ `
.toolbar { grid-area: tools; display: flex; flex-direction: column; align-items: center; gap: 2px; padding: 6px 0; border-right: 1px solid var(--line); background: var(--raised); }
.toolbar hr { width: 24px; margin: 5px 0; border: 0; border-top: 1px solid var(--line); }
.tool { position: relative; width: 34px; height: 34px; display: grid; place-items: center; border-radius: 4px; color: #b9b9c0; }
.tool:hover:not(:disabled) { background: var(--hover); color: var(--text); }
.tool[aria-pressed="true"] { background: #23404c; color: #8fd3ee; }
.size { height: 28px; font-weight: 600; text-align: center; line-height: 13px; }
.size small { display: block; font-weight: 400; color: var(--faint); }
`;
