import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { addonConfig, configJsonSchema, defaultConfig } from '../addon/config/config.ts';
import { USUAL_NAMESPACES } from '../collector/prometheus/discovery.ts';
import { BOARDS } from '../docs/boards/boards.ts';
import { configTable, type ProcessValues, processTable, rightsTable } from '../docs/chart-tables.ts';
import { COLLECTOR_METRICS } from '../telemetry/metrics/collector-metrics.io.ts';
import { METRICS } from '../telemetry/metrics/metric-table.ts';
import { FORECASTER_METRICS, QUEUE_METRICS, REDIS_METRICS } from '../telemetry/metrics/role-metrics.io.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const packageJson = JSON.parse(read('package.json')) as { version: string; files: readonly string[] };
const values = parse(read('helm/values.yaml')) as Record<string, unknown>;
const RENEW = 'npm run build && node helm/refresh.mjs';

const METRIC_NAMES = [METRICS, COLLECTOR_METRICS, REDIS_METRICS, QUEUE_METRICS, FORECASTER_METRICS].flatMap((table) =>
  Object.keys(table),
);

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

describe('the chart', () => {
  it('has the version of the package', () => {
    const { version, appVersion } = parse(read('helm/Chart.yaml'));
    expect([version, String(appVersion)]).toEqual([packageJson.version, packageJson.version]);
    expect(read('Dockerfile')).toContain(`ARG VERSION=${packageJson.version}\n`);
  });

  it("ships the addon's own defaults, every one of them", () => {
    expect(addonConfig(values.config, 'values.yaml')).toEqual(defaultConfig());
    expect(settingsOf(values.config)).toEqual(settingsOfSchema(configJsonSchema() as Schema));
  });

  it('says where Prometheus is looked for as the addon does', () => {
    const notes = read('helm/templates/NOTES.txt');
    expect(notes).toContain(`(list ${USUAL_NAMESPACES.map((one) => `"${one}"`).join(' ')})`);
    for (const namespace of USUAL_NAMESPACES) expect(read('helm/values.yaml')).toContain(namespace);
  });

  it('runs under the restricted Pod Security Standard', () => {
    expect(values.podSecurityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(values.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});

describe('mode distributed as shipped', () => {
  const { roles, redis } = values as unknown as DistributedValues;

  it('has two of every role, each with a heap that leaves a quarter of its memory to what stands beside', () => {
    expect(Object.keys(roles)).toEqual(['actuator', 'collector', 'forecaster']);
    for (const [role, { replicas, heapMiB, resources }] of Object.entries(roles)) {
      expect(replicas, role).toBe(2);
      expect(heapMiB, role).toBeLessThanOrEqual(0.75 * mebibytes(resources.limits.memory));
      expect(mebibytes(resources.requests.memory), role).toBeLessThanOrEqual(mebibytes(resources.limits.memory));
    }
  });

  it('has a Redis 7.2 that is mended, with twice the memory that its data may take', () => {
    const { image, maxmemory, resources } = redis.bundled;
    const [, patch] = /^7\.2\.(\d+)$/.exec(image.tag) ?? [];
    expect(image.repository).toBe('redis');
    // CVE-2025-49844
    expect(Number(patch)).toBeGreaterThanOrEqual(11);
    expect(2 * mebibytes(maxmemory)).toBeLessThanOrEqual(mebibytes(resources.limits.memory));
  });
});

interface DistributedValues {
  readonly roles: Readonly<Record<string, ProcessValues & { readonly heapMiB: number }>>;
  readonly redis: {
    readonly bundled: Pick<ProcessValues, 'resources'> & {
      readonly image: { readonly repository: string; readonly tag: string };
      readonly maxmemory: string;
    };
  };
}

function shippedProcesses(): string {
  const { roles, redis } = values as unknown as DistributedValues;
  return processTable({ ...roles, redis: { replicas: 1, ...redis.bundled } });
}

/** `512Mi`, `1Gi`; Redis' `1gb` is 1,024 `mb` too. */
function mebibytes(quantity: string): number {
  const [, number, unit] = /^(\d+)(Mi|Gi|mb|gb)$/.exec(quantity) ?? [];
  if (unit === undefined) throw new Error(`found ${quantity}; expected such as 512Mi`);
  return Number(number) * (/^g/i.test(unit) ? 1024 : 1);
}

describe('every alert', () => {
  const { groups } = parse(read('helm/rules/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string; annotations: { runbook_url: string; dashboard_url: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  it.each(rules)('$alert asks for metrics that exist and has its section in docs/operations.md', (rule) => {
    const names = [...rule.expr.matchAll(/prescale_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(METRIC_NAMES).toContain(name);
    expect(rule.annotations.runbook_url).toBe(`RUNBOOK#${rule.alert.toLowerCase()}`);
    expect(read('docs/operations.md')).toMatch(new RegExp(`^#+ ${rule.alert}$`, 'm'));
    const [, uid] = /^DASHBOARDS\/d\/([a-z-]+)(?:\?var-namespace=\{\{ \$labels\.namespace \}\}&.*)?$/.exec(
      rule.annotations.dashboard_url,
    )!;
    expect(Object.values(BOARDS).map((board) => board.uid)).toContain(uid);
  });

  it('of docs/operations.md is one that the chart has', () => {
    const sections = [...read('docs/operations.md').matchAll(/^#+ (Prescale[A-Z]\w+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

describe('the pages', () => {
  it.each([
    ['docs/install.md', 'config', configTable],
    ['docs/install.md', 'processes', shippedProcesses],
    ['docs/security.md', 'rights', rightsTable],
  ])('%s shows the table of %s as the code has it', (page, name, table) => {
    const shown = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n<!-- end -->`).exec(read(page))?.[1];
    // The formatter pads the cells.
    expect(unpadded(shown), `out of date: ${RENEW}`).toBe(unpadded(table()));
  });

  it.each(['docs/install.md', 'docs/operations.md', 'docs/security.md'])('%s names only metrics that exist', (page) => {
    const named = [...read(page).matchAll(/\bprescale_[a-z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !METRIC_NAMES.includes(name))).toEqual([]);
  });

  it('show values that the chart takes', () => {
    for (const page of ['docs/install.md', 'docs/operations.md', 'docs/security.md']) {
      const blocks = [...read(page).matchAll(/^```yaml\n(# values[^\n]*\n[\s\S]*?)^```$/gm)].map(([, text]) => text!);
      for (const document of blocks.flatMap((text) => parseAllDocuments(text))) {
        const shown = document.toJS() as Record<string, unknown>;
        expect(Object.keys(values), page).toEqual(expect.arrayContaining(Object.keys(shown)));
        addonConfig(shown.config, page);
      }
    }
  });
});

describe('the image', () => {
  const lines = read('Dockerfile').replace(/\\\n/g, ' ').split('\n');
  const instructions = lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, rest: rest! }];
  });
  const contextCopies = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));

  it('is built from paths that exist and that .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const path of contextCopies) {
      expect(existsSync(path), path).toBe(true);
      expect(allowed).toContain(path);
    }
    expect([...allowed].sort()).toEqual([...contextCopies].sort());
  });

  it('holds every folder of sources that the command line needs, and what the package ships', () => {
    const imports = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.ts$/.test(name) && !/\.(?:test|contract)\.ts$/.test(name))
        .flatMap((name) =>
          [...read(join(folder, name)).matchAll(/from '((?:\.\.\/)+[^']+)'/g)].map(([, path]) =>
            join(folder, dirname(name), path!),
          ),
        )
        .map((path) => path.split('/')[0]!);
    const needed = new Set(['cli']);
    for (const room of needed) for (const other of imports(room)) needed.add(other);
    expect(contextCopies).toEqual(expect.arrayContaining([...needed]));
    const shipped = packageJson.files.filter(
      (file) => !file.startsWith('!') && file !== 'dist' && !file.endsWith('.md'),
    );
    expect(contextCopies).toEqual(expect.arrayContaining(shipped));
  });

  it('runs as a numeric user that is not root, the one of the chart, and installs without scripts', () => {
    const users = instructions.filter(({ name }) => name === 'USER').map(({ rest }) => rest);
    const { runAsUser, runAsGroup } = values.podSecurityContext as { runAsUser: number; runAsGroup: number };
    expect(users).toEqual([`${runAsUser}:${runAsGroup}`]);
    expect(runAsUser).toBeGreaterThan(0);
    for (const { rest } of instructions.filter(({ rest }) => /\bnpm (?:ci|prune)\b/.test(rest))) {
      expect(rest).toContain('--ignore-scripts');
    }
    expect(instructions.some(({ name }) => name === 'ADD')).toBe(false);
  });

  it('takes both its base images by argument, so that they can be pinned by digest', () => {
    const bases = instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest);
    // What is built runs on the builder's processor, what is shipped on the target's.
    expect(bases.map((base) => base.replace(/[{}]/g, ''))).toEqual([
      '--platform=$BUILDPLATFORM $NODE_IMAGE AS build',
      '$NODE_IMAGE AS node',
      '$RUNTIME_IMAGE',
    ]);
  });
});

/** Paths of all settings, `limits.maxReplicas`; maps of free keys and lists are settings themselves. */
function settingsOf(tree: unknown, prefix = ''): string[] {
  return Object.entries(tree as object)
    .flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0
        ? settingsOf(value, `${prefix}${key}.`)
        : [`${prefix}${key}`],
    )
    .sort();
}

function settingsOfSchema({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties)
    .flatMap(([key, value]) =>
      value.properties === undefined ? [`${prefix}${key}`] : settingsOfSchema(value, `${prefix}${key}.`),
    )
    .sort();
}

/** A Markdown table without the padding of its cells. */
function unpadded(table: string | undefined): string | undefined {
  return table
    ?.trim()
    .replace(/ *\| */g, '|')
    .replace(/\|-+(?=\|)/g, '|-');
}
