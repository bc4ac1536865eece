/**
 * The value as JSON has it, the same object where nothing has to be changed: what is not known (undefined, NaN) is null, and not left out;
 * numbers of typed arrays have seven digits, which is what single precision has.
 */
export function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number>, digits);
  // Most of what is answered is plain already: of a thousand rows copies would be most of the work.
  return Array.isArray(value) ? plainParts(value) : plainFields(value as Readonly<Record<string, unknown>>);
}

/** The same array where all of it is plain. */
function plainParts(parts: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const made = plain(part);
    if (made === part) continue;
    copy ??= [...parts];
    copy[i] = made;
  }
  return copy ?? parts;
}

/** The same object where all of it is plain. */
function plainFields(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let changed: Map<string, unknown> | undefined;
  // Of records alone, which inherit nothing that is listed: the names are not copied.
  for (const name in value) {
    const part = value[name];
    const made = plain(part);
    if (made === part) continue;
    changed ??= new Map(Object.entries(value));
    changed.set(name, made);
  }
  // A name may be __proto__.
  return changed ? Object.fromEntries(changed) : value;
}

function digits(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
}
