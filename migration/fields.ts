import { isRecord, type Path, valueAt } from '../kubernetes/manifests/manifest-documents.ts';

/** The name of a key as it stands in paths: quoted where it isn't a word. */
function step(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? `.${key}` : `["${key}"]`;
}

/** `spec.triggers[0].metadata.query`, `metadata.annotations["keda.sh/paused"]`. */
export function pathText(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : step(key)))
    .join('')
    .replace(/^\./, '');
}

/** Every value of an object that is no object or list itself, and every empty one. */
export function leavesOf(content: unknown, base: Path = []): Path[] {
  const leaves: Path[] = [];
  const visit = (value: unknown, path: Path): void => {
    const entries: [string | number, unknown][] = Array.isArray(value)
      ? [...value.entries()]
      : isRecord(value)
        ? Object.entries(value)
        : [];
    if (entries.length === 0 && path.length > 0) leaves.push(path);
    for (const [key, inner] of entries) visit(inner, [...path, key]);
  };
  visit(valueAt(content, base), base);
  return leaves;
}

/** Whether `path` stands at or below `above`. */
export function isWithin(path: Path, above: Path): boolean {
  return above.length <= path.length && above.every((key, i) => key === path[i]);
}

/** One row of a project's table in docs/migration.md: a field (and all below it), and what becomes of it. */
export type FieldRow = {
  /** `[]` is each item of a list; `[cron]` those that are so. */
  readonly path: string;
} & (
  | {
      /** What it becomes, in Markdown. */
      readonly to: string;
      /** How, where it isn't as it stands. */
      readonly how?: string;
    }
  | {
      /** Why it isn't carried over. */
      readonly dropped: string;
    }
);

/** What rows call an item of a list or a key: `spec.triggers[0]` → `[cron]`. */
export type ItemKinds = ReadonlyMap<string, string>;

/** The most specific row that a field falls under; undefined: the table knows no such field. */
export function rowOf(rows: readonly FieldRow[], path: Path, kinds: ItemKinds): FieldRow | undefined {
  const pattern = patternOf(path, kinds);
  let best: FieldRow | undefined;
  for (const row of rows) {
    const rest = pattern.startsWith(row.path) ? pattern.slice(row.path.length) : undefined;
    if (rest === undefined || (rest !== '' && !/^[.[]/.test(rest))) continue;
    if (best === undefined || row.path.length >= best.path.length) best = row;
  }
  return best;
}

function patternOf(path: Path, kinds: ItemKinds): string {
  return path
    .map((key, i) => kinds.get(pathText(path.slice(0, i + 1))) ?? (typeof key === 'number' ? '[]' : step(key)))
    .join('')
    .replace(/^\./, '');
}
