import pc from 'picocolors';
import { annotation } from '../../../core/policy/annotations.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { chartValues } from '../../../migration/chart-values.ts';
import type { DroppedField, Migration } from '../../../migration/migration.ts';
import { wrapText } from '../../../replay/report/terminal/terminal-width.ts';
import { annotationsYaml, valuesYaml } from './manifest-output.ts';

const INDENT = '  ';

/** What a person reads: the annotations to copy, the chart's values, and all that is not carried over. */
export function importText(migrations: readonly Migration[], columns: number, colours: boolean): string {
  const colour = pc.createColors(colours);
  const parts = migrations.map((migration) => [
    colour.bold(title(migration)),
    '',
    `In the manifest of the ${migration.workload.kind}, not of its pods:`,
    '',
    ...indented(annotationsYaml(migration)),
    '',
    ...notCarried(migration.notCarried, columns, colour),
    ...modes(migration, columns),
    ...assumed(migration.assumptions, columns),
  ]);
  const values =
    Object.keys(chartValues(migrations)).length === 0
      ? []
      : ["In the chart's values:", '', ...indented(valuesYaml(migrations)), ''];
  return `${[...parts.flat(), ...values, ...nextSteps(migrations, columns)].join('\n')}\n`;
}

function title({ sources, workload: { kind, name, namespace } }: Migration): string {
  const from = sources.map((source) => `${source.kind} ${source.name} (${source.file}:${source.line})`).join(', ');
  return plainText(`${from} → ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`);
}

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${INDENT}${line}`.trimEnd());
}

/** Fields with the same reason stand together. */
function notCarried(
  fields: readonly DroppedField[],
  columns: number,
  colour: ReturnType<typeof pc.createColors>,
): string[] {
  if (fields.length === 0) return ['Everything is carried over.', ''];
  const groups = new Map<string, DroppedField[]>();
  for (const field of fields) groups.set(field.reason, [...(groups.get(field.reason) ?? []), field]);
  const lines = [...groups].flatMap(([reason, group]) => [
    ...group.map(({ line, path, value }) => plainText(`${INDENT}${line}: ${path}  ${value}`)),
    ...wrapText(plainText(reason), Math.max(20, columns - 6)).map((line) => colour.dim(`      ${line}`)),
  ]);
  return ['Not carried over (line, field, why):', '', ...lines, ''];
}

function assumed(assumptions: readonly string[], columns: number): string[] {
  if (assumptions.length === 0) return [];
  return [...wrapText(plainText(`Assumed: ${assumptions.join(' ')}`), columns), ''];
}

/** The mode of the manifest is a second step. */
function modes({ ownMode, annotations }: Migration, columns: number): string[] {
  const mode = annotations[annotation('mode')];
  if (ownMode === undefined || ownMode === mode) return [];
  const text = `The manifest itself asks for mode ${ownMode}: --keep-mode writes it, for when the old autoscaler is gone.`;
  return [...wrapText(text, columns), ''];
}

/** What to do with it. */
function nextSteps(migrations: readonly Migration[], columns: number): string[] {
  const acts = migrations.some(({ annotations }) => annotations[annotation('mode')] !== 'observe');
  const takesOver = migrations.some(({ annotations }) => annotation('take-over-hpa') in annotations);
  const others = [...new Set(migrations.flatMap(({ sources }) => sources.map(({ kind }) => kind)))].filter(
    (kind) => kind !== 'HorizontalPodAutoscaler',
  );
  const steps = [
    'Next: put the annotations into Git, and check them with "prescale lint".',
    ...(acts
      ? []
      : ['Mode observe changes nothing and shows what would be done ("prescale status", "prescale explain").']),
    ...(others.length === 0
      ? []
      : [`Before mode auto, delete the ${others.join(' and the ')}: two autoscalers undo each other.`]),
    ...(takesOver
      ? [
          'The HPA stays, and its minReplicas is raised ahead of the load; without take-over-hpa, delete the HPA before mode auto.',
        ]
      : []),
    ...(migrations.some(({ templates }) => templates.some(({ draft }) => draft !== undefined))
      ? ['Look at the queries that are drafts before you install them.']
      : []),
  ];
  return wrapText(steps.join(' '), columns);
}
