/** Style of the canvas, on an 8 px grid. */
import { BARS } from "./bars.js";
import { BASE } from "./base.js";
import { PANELS } from "./panels.js";
import { SIDE } from "./side.js";
import { STAGE } from "./stage.js";

export const STYLE = [BASE, BARS, STAGE, PANELS, SIDE].join("");
