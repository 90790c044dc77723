/** The words of the components in a workspace, as `seep/core/masks/subject.py` has them for the pages. */

let seeps = true;

/** @param {boolean | undefined} about whether the workspace is about seeps; undefined for yes */
export function setAboutSeeps(about) {
  seeps = about ?? true;
}

/** @returns {boolean} */
export function aboutSeeps() {
  return seeps;
}

/** @param {string} text without names that somebody gave @returns {string} it, with "objects" for "slicks" where there are none */
export function worded(text) {
  if (seeps) return text;
  return text
    .replace(/\bseep class\b/g, "class")
    .replace(/\bseep probability/g, "probability")
    .replace(/\bSeep probability/g, "Probability")
    .replace(/\b(of|with|contains?|all|most) seep\b/g, "$1 objects")
    .replace(/(?<![-\w])(?:slick|seep)(s?)\b(?!-)/g, "object$1")
    .replace(/\bSlick(s?)\b/g, "Object$1");
}
