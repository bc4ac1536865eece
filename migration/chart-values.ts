import type { Migration } from './migration.ts';

type Tree = { [key: string]: unknown };

/** The chart as it is shipped watches these; a list of values replaces its own. */
const SHIPPED_KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
];

/** The values of the chart that all of them need together; an empty object: none. */
export function chartValues(migrations: readonly Migration[]): Tree {
  const config: Tree = {};
  for (const { settings, templates } of migrations) {
    for (const { path, value } of settings) {
      if (path[0] === 'kinds') addKind(config, value);
      else put(config, path, value);
    }
    for (const { name, query } of templates) put(config, ['prometheus', 'templates', name], { query });
  }
  return Object.keys(config).length === 0 ? {} : { config };
}

function addKind(config: Tree, kind: unknown): void {
  config.kinds ??= [...SHIPPED_KINDS];
  const kinds = config.kinds as unknown[];
  if (!kinds.some((one) => JSON.stringify(one) === JSON.stringify(kind))) kinds.push(kind);
}

function put(tree: Tree, path: readonly (string | number)[], value: unknown): void {
  let at = tree;
  for (const key of path.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Tree;
  }
  at[path.at(-1)!] ??= value;
}
