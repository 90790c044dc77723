/** The look of the Review surface, on an 8 px grid; a file here for each part of it. */
import { BAR } from "./bar.js";
import { BASE } from "./base.js";
import { DIALOGS } from "./dialogs.js";
import { HEADER } from "./header.js";
import { LOOKING } from "./looking.js";
import { OPTIONS } from "./options.js";
import { SELECTION } from "./selection.js";
import { SIDE } from "./side.js";
import { STAGE } from "./stage.js";
import { TIPS } from "./tips.js";
import { TOOLBAR } from "./toolbar.js";

export const STYLE = [BASE, TOOLBAR, HEADER, STAGE, DIALOGS, LOOKING, OPTIONS, SELECTION, SIDE, BAR, TIPS].join("");
