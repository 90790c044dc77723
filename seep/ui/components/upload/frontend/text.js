/** Words and figures of the drop zones. @import { Sums } from "./queue.js" @import { Role, UploadData } from "./types.js" */

import { byteText, integer } from "../../shared/format.js";

/**
 * @typedef {object} ZoneText
 * @property {Role} role of the files that are dropped there
 * @property {string} title
 * @property {string} target what can be dropped
 * @property {string} kinds of files
 * @property {string} accept suffixes that the file dialog offers, "" for all files
 * @property {boolean} folders whether a folder can be chosen
 */

/** @type {Record<UploadData["content"], ZoneText[]>} */
export const ZONES = {
  tiles: [
    {
      role: "images",
      title: "Images",
      target: "Drop files, folders, a zip or a tar file here",
      kinds:
        "TIFF, PNG, JPEG, JPEG 2000, NITF, NumPy, NetCDF, HDF5, ENVI, VRT, BEAM-DIMAP, nnU-Net channels, a Sentinel-1 SAFE folder, or a zip or tar file of these",
      accept: "",
      folders: true,
    },
    {
      role: "masks",
      title: "Masks (optional)",
      target: "Drop files, folders, a zip or a tar file here",
      kinds: "Same file names as the images, or annotation files, such as COCO, YOLO, CVAT or GeoPackage",
      accept: "",
      folders: true,
    },
  ],
  checkpoints: [
    {
      role: "checkpoints",
      title: "Checkpoint",
      target: "Drop a safetensors file here",
      kinds: "safetensors, written by Seep",
      accept: ".safetensors",
      folders: false,
    },
  ],
  references: [
    {
      role: "references",
      title: "Layers, wind, currents or bathymetry",
      target: "Drop files here",
      kinds: "GeoPackage, GeoJSON, a zipped Shapefile, NetCDF of ERA5, CMEMS or GEBCO, or GeoTIFF of depths",
      accept: ".gpkg,.geojson,.json,.zip,.shp,.shx,.dbf,.prj,.cpg,.nc,.nc4,.cdf,.tif,.tiff",
      folders: false,
    },
  ],
};

/** The limits in words. @param {UploadData} data */
export function limitsText(data) {
  const perFile = `Maximum ${byteText(data.file_bytes)} per file`;
  if (data.content !== "tiles") return `${perFile}.`;
  return `${perFile} and ${byteText(data.total_bytes)} in total. Files in folders named masks or labels are used as masks. Uploads are deleted after one day.`;
}

/** @param {Sums} sums */
export function progressText(sums) {
  return `${integer(sums.done)} of ${integer(sums.total)} files, ${byteText(sums.sentBytes)} of ${byteText(sums.totalBytes)}`;
}

/**
 * Sentences that differ only in the name in front stand together, with how often.
 *
 * @param {string[]} sentences
 * @returns {{sentence: string, count: number}[]} in order of their first
 */
export function grouped(sentences) {
  /** @type {Map<string, {sentence: string, count: number}>} */
  const found = new Map();
  for (const sentence of sentences) {
    const reason = sentence.replace(/^[^:]*: /, "");
    const entry = found.get(reason) ?? { sentence, count: 0 };
    entry.count += 1;
    found.set(reason, entry);
  }
  return [...found.values()];
}
