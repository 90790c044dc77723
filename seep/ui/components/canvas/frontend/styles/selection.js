/** The actions on selected slicks, under the options of the tool. */

export const SELECTION = /* css */ `
.selection { display: grid; gap: 2px; padding: 8px 6px; border-radius: 6px; background: rgba(28, 28, 31, 0.9); font-size: 12px; }
.selection p { margin: 0 4px 4px; font-size: 11px; line-height: 1.45; min-height: 32px; }
.selection button { display: flex; align-items: center; gap: 6px; height: 26px; padding: 0 4px; font-size: 12px; text-align: left; }
.selection .icon { font-size: 16px; }
.selection kbd { margin-left: auto; }
`;
