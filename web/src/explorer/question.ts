// Saved questions in the editor: their variables as text, and their ids in links.

/** Variables as the editor has them; none where there are none. */
export function variablesOf(variables: unknown): string {
  return Object.keys(variables as object).length > 0 ? JSON.stringify(variables, null, 2) : "";
}

/** The variables of the editor; nothing where they are no JSON object. */
export function variablesIn(text: string): object | undefined {
  if (!text.trim()) return {};
  try {
    const variables: unknown = JSON.parse(text);
    return isObject(variables) ? variables : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The id of a saved question in a link, of the desk or of this page. */
export function idIn(link: string): string | undefined {
  return /\/saved\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?![\w-])/i.exec(link)?.[1];
}
