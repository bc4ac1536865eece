/** One step of RFC 6902; the kinds that we send. */
export interface JsonPatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  /** A JSON pointer: `/metadata/annotations/example.com~1name`. */
  readonly path: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** A segment of a JSON pointer: `/` in a key is `~1`, `~` is `~0`. */
export function pointerSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** RFC 7386: null removes, objects merge, everything else (lists too) replaces. Neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** RFC 6902, all or nothing. @returns undefined where a `test` fails or a path is missing */
export function jsonPatch(target: unknown, steps: readonly JsonPatchStep[]): unknown {
  const root = { document: structuredClone(target) };
  return steps.every((step) => applied(root, step)) ? root.document : undefined;
}

function applied(root: { document: unknown }, { op, path, value }: JsonPatchStep): boolean {
  const keys = ['document', ...path.split('/').slice(1).map(unescaped)];
  const last = keys.pop()!;
  const parent = keys.reduce<unknown>((at, key) => (isContainer(at) ? valueAt(at, key) : undefined), root);
  if (!isContainer(parent)) return false;
  const current = valueAt(parent, last);
  if (op === 'test') return sameJson(current, value);
  if (op !== 'add' && current === undefined) return false;
  change(parent, last, op, structuredClone(value));
  return true;
}

function change(parent: Container, key: string, op: 'add' | 'remove' | 'replace', value: unknown): void {
  if (!Array.isArray(parent)) {
    if (op === 'remove') delete parent[key];
    else parent[key] = value;
    return;
  }
  const at = key === '-' ? parent.length : Number(key);
  if (op === 'replace') parent[at] = value;
  else parent.splice(at, op === 'remove' ? 1 : 0, ...(op === 'remove' ? [] : [value]));
}

/** Equal as JSON: the order of an object's keys doesn't matter, and undefined is an absent key. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return (
    Object.keys(a).every((key) => sameJson(a[key], b[key])) &&
    Object.keys(b).every((key) => key in a || b[key] === undefined)
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function valueAt(container: Container, key: string): unknown {
  return Array.isArray(container) ? container[Number(key)] : container[key];
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
