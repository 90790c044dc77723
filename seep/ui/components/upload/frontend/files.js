/** Files of a drop or a file input, with their folders. @import { Found } from "./types.js" */

const LITTER = /^(\..*|thumbs\.db|desktop\.ini|__macosx)$/i;

/** Whether a path is nothing that systems leave behind. @param {string} path */
export function counts(path) {
  return !path.split("/").some((part) => LITTER.test(part));
}

/**
 * The files of a file input.
 *
 * @param {FileList | File[]} files
 * @returns {Found[]}
 */
export function fromInput(files) {
  return [...files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter((one) => counts(one.path));
}

/**
 * The dropped files, including those in folders. The entries must be read before the event ends.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<Found[]>}
 */
export async function fromDrop(transfer) {
  const entries = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  /** @type {Found[]} */
  const found = [];
  for (const { entry, file } of entries) {
    if (entry) await walk(entry, "", found);
    else if (file) found.push({ file, path: file.name });
  }
  return found.filter((one) => counts(one.path));
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} above folders before it, ending in "/"
 * @param {Found[]} found
 */
async function walk(entry, above, found) {
  const path = above + entry.name;
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    const file = await new Promise((/** @type {(file: File) => void} */ resolve, reject) =>
      one.file(resolve, reject),
    );
    found.push({ file, path });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    // A reader returns up to 100 entries per call, and none at the end.
    const some = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!some.length) return;
    for (const inner of some) await walk(inner, `${path}/`, found);
  }
}
