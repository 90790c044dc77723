/** Grid, colors, icons, buttons and tooltips. Neutral dark grays, for judging gray values. */

export const BASE = /* css */ `
:host { display: block; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.review {
  --ground: #151517; --raised: #1c1c1f; --line: #2c2c31; --hover: #2a2a2f; --text: #dcdce0; --faint: #9a9aa2;
  --accent: #4fa8cc; --accent-text: #0c1a20; --bad: #f0806c; --good: #5cc489; --warn: #e8c34a;
  display: grid; width: 100%; min-height: 480px; overflow: hidden; outline: none;
  --tools: 44px;
  grid-template: "tools strip stage passes side" minmax(0, 1fr) "tools strip status passes side" 28px "bar bar bar bar bar" auto / var(--tools) 184px minmax(0, 1fr) auto 204px;
  background: var(--ground); color: var(--text);
  font: 13px/1.35 -apple-system, "Segoe UI", "Noto Sans", "Source Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-user-select: none; user-select: none;
}
.icon {
  font: normal 20px/1 "Material Symbols Rounded"; display: inline-block; width: 1em; overflow: hidden;
  white-space: nowrap; letter-spacing: 0; font-feature-settings: "liga"; -webkit-font-smoothing: antialiased;
}
.grow { flex: 1; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.faint { color: var(--faint); }
small, h2, .legend, .percent, kbd, .keyrow { font-size: 11px; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
button:disabled { opacity: 0.35; cursor: default; }
:is(button, input, select):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 4px; }

@media (max-width: 1199px) {
  .review { grid-template: "tools stage passes side" minmax(0, 1fr) "tools status passes side" 28px "bar bar bar bar" auto / var(--tools) minmax(0, 1fr) auto 204px; }
}
@media (max-width: 800px) {
  .review { grid-template-columns: var(--tools) minmax(0, 1fr) auto 168px; }
}
@media (max-height: 600px) { .review { --tools: 80px; min-height: 320px; } }
@media (prefers-reduced-motion: reduce) { * { animation-duration: 1ms !important; animation-delay: 0s !important; transition: none !important; } }
[data-tip]:is(:hover, :focus-visible)::after {
  content: attr(data-tip); position: absolute; z-index: 9; width: max-content; max-width: 280px; padding: 6px 9px; border: 1px solid #45454c; border-radius: 4px;
  background: #2a2a2f; color: var(--text); font-size: 12px; font-weight: 400; line-height: 1.4; white-space: pre-line; text-align: left; pointer-events: none;
  box-shadow: 0 3px 10px rgba(0, 0, 0, 0.45); opacity: 0; animation: appear 100ms 450ms forwards;
}
[data-tip]:is([aria-expanded="true"], .quiet[aria-pressed="true"])::after { content: none; }
.tip-right::after { left: calc(100% + 8px); top: 0; }
.tip-below::after { right: 0; top: calc(100% + 6px); }
.tip-above::after { left: 50%; bottom: calc(100% + 8px); transform: translateX(-50%); }
.tip-start::after { left: 0; transform: none; }
.tip-end::after { left: auto; right: 0; transform: none; }
`;
