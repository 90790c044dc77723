"""Places, passes and sites: the same ground on many dates, and where slicks begin again and again."""
