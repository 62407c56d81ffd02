// Writes the first letters of the pinyin of each character that names are written with, so that the
// station app finds people by them where there is no signal. Run by hand; the result is checked in.

import { writeFile } from "node:fs/promises";
import { pinyin } from "pinyin-pro";

const FIRST = 0x4e00;
const LAST = 0x9fa5;

/** The letters of a character, the most common reading first, each once. */
function letters(character) {
  const readings = pinyin(character, { toneType: "none", type: "array", multiple: true });
  const surname = pinyin(character, { toneType: "none", type: "array", surname: "head" });
  const found = [...readings, ...surname].map((reading) => reading.normalize("NFD")[0]);
  return [...new Set(found.filter((letter) => /^[a-z]$/.test(letter ?? "")))];
}

let first = "";
const others = {};
for (let code = FIRST; code <= LAST; code++) {
  const character = String.fromCharCode(code);
  const [letter = "-", ...rest] = letters(character);
  first += letter;
  if (rest.length > 0) others[character] = rest.join("");
}
const text = JSON.stringify({ first, others }, null, 1);
await writeFile(new URL("src/station/caseload/initials.json", import.meta.url), `${text}\n`);
