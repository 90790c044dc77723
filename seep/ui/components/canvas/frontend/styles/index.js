/** Style of the canvas, on an 8 px grid. */
import { BARS } from "./bars.js";
import { BASE } from "./base.js";
import { COMMENTS } from "./comments.js";
import { PANELS } from "./panels.js";
import { PASSES } from "./passes.js";
import { SIDE } from "./side.js";
import { STAGE } from "./stage.js";

export const STYLE = [BASE, BARS, STAGE, PANELS, SIDE, PASSES, COMMENTS].join("");
