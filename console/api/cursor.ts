/** Where a list goes on: after this key. Opaque to whoever holds it, so that what is in it may change. */
export function cursorAfter(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/** @returns undefined for what no cursor can be */
export function keyOf(cursor: string): string | undefined {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  return key !== '' && cursorAfter(key) === cursor ? key : undefined;
}

/** So many of those after the cursor, and the cursor of the rest. @param keyOfRow ascends */
export function pageOf<Row>(
  rows: Iterable<Row>,
  keyOfRow: (row: Row) => string,
  after: string | undefined,
  limit: number,
): { readonly rows: Row[]; readonly next: string | null } {
  const found: Row[] = [];
  for (const row of rows) {
    if (after !== undefined && keyOfRow(row) <= after) continue;
    if (found.length === limit) return { rows: found, next: cursorAfter(keyOfRow(found.at(-1)!)) };
    found.push(row);
  }
  return { rows: found, next: null };
}
