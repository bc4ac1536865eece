import { configJsonSchema, defaultConfig, resourceOf } from '../addon/config/config.ts';
import { collectorRights, type NeededRight, neededRights } from '../kubernetes/needed-rights.ts';

/** The parts of JSON Schema that the settings use. */
interface SettingSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
}

/** Every setting under `config` with its default and meaning, as the Markdown table of docs/install.md. */
export function configTable(): string {
  return tableOf(['setting', 'default', 'meaning'], settingRows(''));
}

/** The rows of every setting under `config`. */
export function settingRows(prefix: string): string[] {
  return settings(configJsonSchema() as SettingSchema, prefix);
}

/** A Markdown table of rows that are written already. */
export function tableOf(header: readonly string[], rows: readonly string[]): string {
  return [`| ${header.join(' | ')} |`, `|${' --- |'.repeat(header.length)}`, ...rows].join('\n');
}

function settings({ properties = {} }: SettingSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([key, setting]) => {
    const path = `${prefix}${key}`;
    if (setting.properties !== undefined) return settings(setting, `${path}.`);
    return [`| \`${path}\` | ${defaultText(setting.default)} | ${setting.description ?? ''} |`];
  });
}

function defaultText(value: unknown): string {
  if (value === '') return '';
  if (Array.isArray(value) && value.length > 0) return value.map(({ kind }) => kind).join(', ');
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

const WHERE: Readonly<Record<NeededRight['scope'], string>> = {
  watched: 'namespaces looked after',
  namespaces: 'those looked after',
  discovery: 'own and `prometheus.discovery.namespaces`, where these are given; else cluster',
  lease: "the Lease's namespace",
  own: 'own namespace',
  cluster: 'cluster',
};

const WHEN: Readonly<Record<NeededRight['when'], string>> = {
  always: 'always',
  'take-over-hpa': '`takeOverHpa.enabled`',
  'deletion-cost': '`deletionCost.enabled`',
  discovery: 'no `prometheus.url`',
  'resource-metrics': '`resourceMetrics.enabled` is not false',
  'leader-election': '`leaderElection.enabled`',
};

/** The rights of the shipped kinds and who has them in mode distributed, rows of one purpose joined, as the Markdown table of docs/security.md. */
export function rightsTable(): string {
  const { kinds, leaderElection } = defaultConfig();
  const scaled = kinds.map((kind) => ({ group: kind.apiVersion.split('/')[0]!, resource: resourceOf(kind) }));
  const rights = neededRights(scaled, leaderElection.lease);
  const collectors = new Set(collectorRights(rights));
  const verbs = new Map<string, string[]>();
  for (const right of rights) {
    const { verb, group, resource, subresource, name, scope, when, why } = right;
    const roles = collectors.has(right) ? 'actuator, collector' : 'actuator';
    const what = `${resource}${group === '' ? '' : `.${group}`}${subresource ? `/${subresource}` : ''}`;
    const rest = `\`${what}\`${name ? ` named \`${name}\`` : ''} | ${WHERE[scope]} | ${WHEN[when]} | ${why} | ${roles} |`;
    verbs.set(rest, [...(verbs.get(rest) ?? []), verb]);
  }
  const rows = [...verbs].map(([rest, all]) => `| ${all.join(', ')} | ${rest}`);
  return tableOf(['verbs', 'on', 'where', 'when', 'what for', 'role'], rows);
}

/** What the chart's values say of a process. */
export interface ProcessValues {
  readonly replicas: number;
  readonly heapMiB?: number;
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string };
    readonly limits: { readonly memory: string };
  };
}

/** The processes of mode distributed with what they have as shipped, as the Markdown table of docs/install.md. */
export function processTable(processes: Readonly<Record<string, ProcessValues>>): string {
  const rows = Object.entries(processes).map(
    ([
      name,
      {
        replicas,
        heapMiB,
        resources: { requests, limits },
      },
    ]) => `| ${name} | ${replicas} | ${requests.cpu} | ${requests.memory} | ${limits.memory} | ${heapMiB ?? ''} |`,
  );
  return tableOf(['process', 'replicas', 'CPU asked for', 'memory asked for', 'memory limit', 'heap, MiB'], rows);
}
