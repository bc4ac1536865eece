/**
 * The value as JSON has it, the same object where nothing has to be changed: what is not known (undefined, NaN) is null, and not left out;
 * numbers of typed arrays have seven digits, which is what single precision has.
 */
export function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number>, digits);
  const parts = Array.isArray(value) ? value : Object.values(value);
  const made = plainParts(parts);
  // Most of what is answered is plain already: of a thousand rows copies would be most of the work.
  if (made === parts) return value;
  return Array.isArray(value) ? made : Object.fromEntries(Object.keys(value).map((name, i) => [name, made[i]]));
}

/** The same array where all of it is plain. */
function plainParts(parts: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [i, part] of parts.entries()) {
    const made = plain(part);
    if (made === part) continue;
    copy ??= [...parts];
    copy[i] = made;
  }
  return copy ?? parts;
}

function digits(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
}
