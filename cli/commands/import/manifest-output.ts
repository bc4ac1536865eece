import { Document, isMap, isPair, isScalar, type Node, Scalar, stringify } from 'yaml';
import { plainText } from '../../../core/text/plain-text.ts';
import { chartValues } from '../../../migration/chart-values.ts';
import type { Migration } from '../../../migration/migration.ts';

/** Texts that Kubernetes wants as such stand in double quotes; those of several lines keep their lines. */
const STYLE = { lineWidth: 0 } as const;

/** `metadata.annotations` of the workload, to be merged into its manifest; ends with a newline. */
export function annotationsYaml({ annotations }: Migration): string {
  return stringifyTexts({ metadata: { annotations } });
}

/** A document for each workload, with what isn't carried over as comments; ends with a newline. */
export function workloadsYaml(migrations: readonly Migration[]): string {
  const documents = migrations.map((migration) => `${comments(migration)}${stringifyTexts(patchOf(migration))}`);
  const values = chartValues(migrations);
  const needed =
    Object.keys(values).length === 0
      ? ''
      : `# The chart's values that this needs (-o values prints them alone):\n${commented(valuesYaml(migrations))}`;
  return `${needed}${documents.join('---\n')}`;
}

/** A kustomization with a patch for each workload; ends with a newline. */
export function kustomizationYaml(migrations: readonly Migration[]): string {
  const header = migrations.map(comments).join('');
  const patches = migrations.map((migration) => {
    const { apiVersion, kind, name, namespace } = migration.workload;
    const slash = apiVersion.indexOf('/');
    return {
      target: {
        ...(slash < 0 ? {} : { group: apiVersion.slice(0, slash) }),
        version: apiVersion.slice(slash + 1),
        kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
      },
      patch: stringifyTexts(patchOf(migration)),
    };
  });
  return `${header}${stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', patches }, STYLE)}`;
}

/** The chart's values, with a word above each query that somebody has to look at; ends with a newline. */
export function valuesYaml(migrations: readonly Migration[]): string {
  const values = chartValues(migrations);
  if (Object.keys(values).length === 0) return '# The chart needs no values of its own for this.\n{}\n';
  const document = new Document(values);
  for (const { name, draft } of migrations.flatMap(({ templates }) => templates)) {
    const templates = document.getIn(['config', 'prometheus', 'templates'], true);
    const pair = isMap(templates)
      ? templates.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === name)
      : undefined;
    if (pair !== undefined && draft !== undefined) {
      (pair.key as Node).commentBefore = ` To be looked at: ${plainText(draft)}.`;
    }
  }
  return document.toString(STYLE);
}

function patchOf({ workload: { apiVersion, kind, name, namespace }, annotations }: Migration) {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), annotations } };
}

function comments({ sources, notCarried, assumptions }: Migration): string {
  const from = sources.map(({ kind, name, file, line }) => `${kind} ${name} (${file}:${line})`);
  const lines = [
    `From ${from.join(' and ')}.`,
    ...assumptions,
    ...notCarried.map(({ path, value, reason }) => `Not carried over: ${path} (${value}): ${reason}.`),
  ];
  return lines.map((line) => `# ${plainText(line)}\n`).join('');
}

function commented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `#   ${line}\n`)
    .join('');
}

/** Every annotation is a text to YAML too: true, 2 and 70% would be none, or look like none. */
function stringifyTexts(content: {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
}): string {
  const document = new Document(content);
  const annotations = document.getIn(['metadata', 'annotations'], true);
  for (const { value } of isMap(annotations) ? annotations.items : []) {
    if (!isScalar(value)) continue;
    const isLong = String(value.value).includes('\n');
    value.type = isLong ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
  }
  return document.toString(STYLE);
}
