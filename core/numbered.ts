/** Names in an order that counts, each with its number from 0: where each value stands in a row. */
export function numbered<const Names extends readonly string[]>(
  ...names: Names
): Readonly<Record<Names[number], number>> {
  return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Names[number], number>;
}
