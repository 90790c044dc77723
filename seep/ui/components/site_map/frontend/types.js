/**
 * What the site map gets and keeps.
 *
 * @typedef {{action: string, sites?: number[]} & Record<string, unknown>} Change of sites, as sent
 *
 * @typedef {object} SlickRow
 * @property {number[][]} rings flat x, y in pixels of the place
 * @property {number[]} ends x, y of both ends
 * @property {number} area_px
 * @property {number} class_id
 * @property {boolean} reviewed
 * @property {number} site number of its site, 0 for none
 * @property {number} origin_end
 * @property {string} cause key of a cause, "" if nobody decided it
 * @property {number[]} path x, y of its far end by hour back in time, until it is closest to the site; empty if unknown
 *
 * @typedef {object} PassRow
 * @property {number} scene_id
 * @property {string} name
 * @property {string | null} acquired_at
 * @property {string} label
 * @property {string} wind "" if unknown
 * @property {[number, number, number, number]} box x, y, width, height
 * @property {SlickRow[]} slicks
 *
 * @typedef {{layer: string, feature: string, distance_km: number}} Nearest
 *
 * @typedef {object} SiteRow
 * @property {number} number
 * @property {number} x
 * @property {number} y
 * @property {number | null} longitude
 * @property {number | null} latitude
 * @property {number} n
 * @property {number} m
 * @property {number} rate
 * @property {number} rate_low
 * @property {number} rate_high
 * @property {string | null} first_seen
 * @property {string | null} last_seen
 * @property {number | null} drift_deg
 * @property {number | null} drift_spread_deg
 * @property {number | null} area_px
 * @property {number | null} area_km2
 * @property {number | null} length_px
 * @property {number | null} length_km
 * @property {string} rank
 * @property {{value: number | null, letter: string | null, terms: [string, number | null, number][]}} score terms: name, value, weight
 * @property {string} note
 * @property {number[]} covering scene ids of passes with valid pixels there
 * @property {number[]} examined those of them with a mask there and a usable wind
 * @property {number[]} seen scene ids
 * @property {(number | null)[]} incidence_deg incidence angle in each covering pass
 * @property {boolean[]} wind_usable whether slicks can be seen at the wind there in each covering pass; true if unknown
 * @property {(number | null)[]} image_wind_ms wind estimated from the image there in each covering pass
 * @property {Nearest[]} nearest feature of each reference layer
 * @property {{agree: number, known: number} | null} paths slicks whose path back agrees with the site, of those with a clear drift; null without paths
 * @property {{depth_m: number, search_radius_m: number} | null} water null without bathymetry there
 * @property {string | null} changed_by
 * @property {string | null} changed_at
 *
 * @typedef {object} HistoryRow
 * @property {string} created_at
 * @property {string} author
 * @property {string} action
 * @property {number} number
 * @property {string} reason
 * @property {string | null} undone_by
 *
 * @typedef {object} PlaceDocument
 * @property {number} id
 * @property {string} name
 * @property {string} version
 * @property {[number, number, number, number]} bounds left, top, right, bottom
 * @property {number[][] | null} corners of the bounds as [longitude, latitude], clockwise from the upper left; null without a georeference
 * @property {number} radius_px
 * @property {number | null} pixel_m
 * @property {boolean} georeferenced
 * @property {boolean} times_known
 * @property {PassRow[]} passes
 * @property {SiteRow[]} sites
 * @property {import("../../shared/references.js").ReferenceRow[]} references
 * @property {Record<string, string>} causes labels of causes by key
 * @property {HistoryRow[]} history
 * @property {string | null} denied why the person may not change sites
 * @property {string | null} export_denied why the person may not export them
 *
 * @typedef {object} SiteData
 * @property {number} place_id
 * @property {string} author
 * @property {number | null} site
 * @property {string} base_url
 * @property {number | null} height_px
 */

export {};
