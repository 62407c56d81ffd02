/** What was told while one looks, and what was there before, each once and the last told first. */
export function newest<Row extends { id: string }>(told: readonly Row[], before: readonly Row[], most: number): Row[] {
  const rows = new Map<string, Row>();
  for (const row of [...told, ...before]) {
    if (!rows.has(row.id)) rows.set(row.id, row);
  }
  return [...rows.values()].slice(0, most);
}
