import type { FieldRow } from '../migration/fields.ts';
import { behaviorRows, metricRows, OBJECT_ROWS } from '../migration/shared-rows.ts';
import type { AutoscalerSource } from '../migration/source.ts';
import { SOURCES } from '../migration/sources.ts';

/** Tables that several projects share, as they took over the types of Kubernetes. */
const SHARED = [
  { title: 'Every object', anchor: 'every-object', rows: OBJECT_ROWS, text: 'The fields that all of them have.' },
  { title: 'Metrics', anchor: 'metrics', rows: metricRows(''), text: 'As `autoscaling/v2` has them.' },
  { title: 'Behavior', anchor: 'behavior', rows: behaviorRows(''), text: 'As `autoscaling/v2` has it.' },
] as const;

const HEAD = ['| field | becomes | how, or why not |', '| --- | --- | --- |'];

/** The part of docs/migration.md about each autoscaler: where its fields come from, and what becomes of each. */
export function migrationSections(): string {
  const shared = SHARED.map(({ title, rows, text }) =>
    [`## ${title}`, '', text, '', ...HEAD, ...byEffect(rows)].join('\n'),
  );
  return [...SOURCES.map(section), ...shared].join('\n\n');
}

function section({ title, groups, versions, kind, fieldsFrom, rows }: AutoscalerSource): string {
  const named = versions === undefined ? groups : versions.map((version) => `${groups[0]}/${version}`);
  const { own, references } = withoutShared(rows.filter((row) => !OBJECT_ROWS.includes(row)));
  const lines = [
    `## ${title}`,
    '',
    `\`${kind}\` of ${named.map((name) => `\`${name}\``).join(', ')}.\nFields: ${fieldsFrom}.`,
    '',
    ...HEAD,
    ...byEffect(own),
    ...references,
  ];
  return lines.join('\n');
}

/** A row for a whole shared table, where all of it stands below a path. */
function withoutShared(rows: readonly FieldRow[]): { own: FieldRow[]; references: string[] } {
  let own = [...rows];
  const references: string[] = [];
  for (const { title, anchor, rows: shared } of SHARED.slice(1)) {
    const first = shared[0]!.path;
    const prefixes = own.filter(({ path }) => path.endsWith(first)).map(({ path }) => path.slice(0, -first.length));
    for (const prefix of prefixes) {
      const paths = new Set(shared.map(({ path }) => prefix + path));
      if (![...paths].every((path) => own.some((row) => row.path === path))) continue;
      own = own.filter(({ path }) => !paths.has(path));
      references.push(`| \`${prefix}\` | [${title.toLowerCase()}](#${anchor}) | |`);
    }
  }
  return { own, references };
}

/** Rows of the same effect that follow each other stand in one. */
function byEffect(rows: readonly FieldRow[]): string[] {
  const groups: { cells: string; paths: string[] }[] = [];
  for (const row of overridden(rows)) {
    const cells = 'to' in row ? `${row.to} | ${row.how ?? ''}` : `– | ${row.dropped}`;
    const last = groups.at(-1);
    if (last?.cells === cells) last.paths.push(row.path);
    else groups.push({ cells, paths: [row.path] });
  }
  return groups.map(({ cells, paths }) => `| ${shortened(paths)} | ${cells} |`.replaceAll('  ', ' '));
}

/** Of two rows for the same field the later one holds. */
function overridden(rows: readonly FieldRow[]): readonly FieldRow[] {
  return rows.filter((row, i) => !rows.slice(i + 1).some(({ path }) => path === row.path));
}

/** The first path in full, of the others what is different. */
function shortened(paths: readonly string[]): string {
  const [first, ...rest] = paths;
  const parent = first!.slice(0, first!.lastIndexOf('.') + 1);
  const names = rest.map((path) =>
    parent !== '' && path.startsWith(parent) ? `…${path.slice(parent.length - 1)}` : path,
  );
  return [first!, ...names].map((path) => `\`${path}\``).join(', ');
}
