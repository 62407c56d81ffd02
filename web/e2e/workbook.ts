import { inflateRawSync } from "node:zlib";

/** What is in each sheet of a workbook of the hub, row by row; a cell that is not there is "". */
export function sheetsOf(file: Buffer): Record<string, string[][]> {
  const parts = partsOf(file);
  const sheets = (parts.get("xl/workbook.xml") ?? "").matchAll(/<sheet name="([^"]*)" sheetId="(\d+)"/g);
  return Object.fromEntries(
    [...sheets].map(([, name = "", number]) => [name, rowsOf(parts.get(`xl/worksheets/sheet${number}.xml`) ?? "")]),
  );
}

function rowsOf(sheet: string): string[][] {
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, cells = ""]) => {
    const row: string[] = [];
    for (const [, column = "", value = ""] of cells.matchAll(/<c r="([A-Z]+)\d+"[^>]*>(.*?)<\/c>/gs)) {
      row[placeOf(column)] = value.replace(/<[^>]*>/g, "");
    }
    return Array.from(row, (value) => value ?? "");
  });
}

/** A is 0, Z is 25, AA is 26. */
function placeOf(column: string): number {
  return [...column].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

/** The files of a zip, by the directory at its end (APPNOTE 4.3.12 and 4.3.16). */
function partsOf(zip: Buffer): Map<string, string> {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const parts = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, name, extra, comment] = [zip.readUInt32LE(at + 20), ...[28, 30, 32].map((of) => zip.readUInt16LE(at + of))];
    const header = zip.readUInt32LE(at + 42);
    const from = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const nameOf = zip.toString("utf8", at + 46, at + 46 + (name ?? 0));
    parts.set(nameOf, inflateRawSync(zip.subarray(from, from + (size ?? 0))).toString("utf8"));
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return parts;
}
