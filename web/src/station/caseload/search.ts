import type { Case } from "./case";

/** The first letters of pinyin by character. */
export interface Initials {
  /** Of the characters from U+4E00 on, each its most common one. */
  first: string;
  /** Further ones of characters that are read in several ways. */
  others: Record<string, string>;
}

/** The people whose name, pinyin initials or village have this text; the closest first. */
export function search(cases: Case[], text: string, initials: Initials): Case[] {
  const wanted = text.trim().toLowerCase().replace(/\s+/g, "");
  if (!wanted) return cases;
  const ranked = cases.map((one) => [rank(one, wanted, initials), one] as const);
  const found = ranked.filter(([place]) => place < Infinity);
  return found.sort(([a], [b]) => a - b).map(([, one]) => one);
}

function rank({ person }: Case, wanted: string, initials: Initials): number {
  const name = (person.name ?? "").toLowerCase();
  if (name.startsWith(wanted)) return 0;
  if (startsAt(name, wanted, initials, 0)) return 1;
  if (name.includes(wanted)) return 2;
  const later = [...name].some((_, start) => start > 0 && startsAt(name, wanted, initials, start));
  if (later) return 3;
  return (person.division?.name ?? "").includes(wanted) ? 4 : Infinity;
}

/** Whether the characters from a place on begin with these letters or characters, one each. */
function startsAt(name: string, wanted: string, initials: Initials, start: number): boolean {
  const characters = [...name].slice(start);
  const letters = [...wanted];
  return (
    letters.length <= characters.length &&
    letters.every((letter, i) => {
      const character = characters[i] ?? "";
      return character === letter || lettersOf(character, initials).includes(letter);
    })
  );
}

function lettersOf(character: string, { first, others }: Initials): string {
  const letter = first[(character.codePointAt(0) ?? 0) - 0x4e00] ?? "";
  return letter + (others[character] ?? "");
}
