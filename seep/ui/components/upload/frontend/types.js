/**
 * What passes between Python, the server and the drop zone.
 *
 * @typedef {"images" | "masks" | "checkpoints" | "references"} Role
 *
 * @typedef {"tiles" | "checkpoints" | "references"} Content images and masks, checkpoints of a model, or reference layers and wind
 *
 * @typedef {object} Found a file that was dropped or chosen
 * @property {File} file
 * @property {string} path with the folders that were dropped
 *
 * @typedef {object} UploadData
 * @property {string} token of the stage
 * @property {string} author
 * @property {string} base_url "" or "/name"
 * @property {Content} content
 * @property {number} file_bytes largest file
 * @property {number} total_bytes most that all uploads hold together
 *
 * @typedef {{role: Role, name: string, size_bytes: number}} Staged
 * @typedef {{files: Staged[], refused: string[]}} Taken the server's answer to a file
 */

export {};
