// A city as tiles: each county a square about where it lies.

import cities from "./cities.json";

/** Rows of codes of counties from north to south, by the code of the city; nothing where no county is. */
const CITIES: Record<string, string[][]> = cities;

/** How many shades tiles have. */
const SHADES = 5;

export interface Places {
  /** From north to south and from west to east; nothing where nothing is told of the place. */
  rows: string[][];
  /** Counties of which the file does not know where they lie. */
  beside: string[];
}

export function placed(codes: readonly string[]): Places {
  const rows = codes.map((code) => CITIES[`${code.slice(0, 4)}00`]).find(Boolean) ?? [];
  const known = new Set(rows.flat());
  return {
    rows: rows.map((row) => row.map((code) => (codes.includes(code) ? code : ""))),
    beside: codes.filter((code) => !known.has(code)),
  };
}

/** The shade of a part of what is most, from 0; a figure that is not known has the lightest. */
export function shadeOf(value: number | null, most: number): number {
  if (value === null || most <= 0) return 0;
  return Math.max(0, Math.min(SHADES - 1, Math.floor((SHADES * value) / most)));
}
