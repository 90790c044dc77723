/** Tooltips. */

export const TIPS = /* css */ `
[data-tip]:is(:hover, :focus-visible)::after {
  content: attr(data-tip); position: absolute; z-index: 9; width: max-content; max-width: 280px; padding: 6px 9px; border: 1px solid #45454c; border-radius: 4px;
  background: #2a2a2f; color: var(--text); font-size: 12px; font-weight: 400; line-height: 1.4; white-space: pre-line; text-align: left; pointer-events: none;
  box-shadow: 0 3px 10px rgba(0, 0, 0, 0.45); opacity: 0; animation: appear 100ms 450ms forward;
}
.tip-right::after { left: calc(100% + 8px); top: 0; }
.tip-below::after { right: 0; top: calc(100% + 6px); }
.tip-above::after { left: 50%; bottom: calc(100% + 8px); transform: translateX(-50%); }
.tip-start::after { left: 0; transform: none; }
.tip-end::after { left: auto; right: 0; transform: none; }
`;
