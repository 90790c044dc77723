/** The line above the canvas. */

export const HEADER = /* css */ `
.header { grid-area: stage; align-self: start; z-index: 1; height: 40px; display: flex; align-items: center; gap: 14px; padding: 0 8px 0 12px; background: rgba(21, 21, 23, 0.88); white-space: nowrap; min-width: 0; }
.header .name { font-size: 14px; overflow: hidden; text-overflow: ellipsis; }
.header .faint, .others { overflow: hidden; text-overflow: ellipsis; }
.state { display: flex; width: 104px; flex: none; }
.chip, .saved { display: inline-flex; align-items: center; gap: 5px; }
.chip .icon, .saved .icon, .others .icon { font-size: 17px; flex: none; }
.saved { min-width: 130px; flex: 0 1 auto; overflow: hidden; color: var(--faint); opacity: 1 !important; }
.saved[data-status="clean"] .icon { color: var(--good); }
.saved[data-status="failed"], .saved[data-status="conflict"], .others { color: var(--bad); }
.others { display: inline-flex; align-items: center; gap: 5px; flex: none; max-width: 40%; }
.others span:last-child { overflow: hidden; text-overflow: ellipsis; }
.others:hover { text-decoration: underline; }
.header.crowded :is(.scene, .session) { display: none; }
.said { max-width: 22ch; overflow: hidden; text-overflow: ellipsis; color: #b9b9c0; }
.session { flex: 0 0 auto; }
.header:is([data-saved="failed"], [data-saved="conflict"]) :is(.scene, .session, .said) { display: none; }
.header[data-saved="failed"] .saved { flex-shrink: 0.2; white-space: normal; text-align: left; line-height: 1.25; max-height: 38px; }
.place { min-width: 58px; text-align: center; }
.header .tool { width: 30px; height: 30px; flex: none; }
`;
