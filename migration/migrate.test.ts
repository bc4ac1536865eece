/* Over 350 lines: a story for each autoscaler that is migrated from, over the same fixtures. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { InputError } from '../core/errors.ts';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import { type ManifestObject, readManifests } from '../kubernetes/manifests/manifest-documents.ts';
import { runs } from '../test/property.ts';
import { chartValues } from './chart-values.ts';
import { leavesOf, pathText } from './fields.ts';
import { type MigrationOptions, migrate } from './migrate.ts';
import type { Migration } from './migration.ts';
import { SOURCES } from './sources.ts';

const FILES = ['ahpa', 'crane', 'kapacity', 'keda', 'cron-hpa', 'tencent', 'phpa', 'hpa'] as const;
const OPTIONS: MigrationOptions = { nowSeconds: Date.UTC(2026, 5, 10) / 1000, timeZone: undefined, keepMode: false };

/** Read once: they are only looked at. */
const read = new Map<string, readonly ManifestObject[]>();

function objectsOf(file: string): readonly ManifestObject[] {
  const known = read.get(file);
  if (known !== undefined) return known;
  const path = `migration/fixtures/${file}.yaml`;
  const { objects, problems } = readManifests(readFileSync(path, 'utf8'), `${file}.yaml`);
  expect(problems).toEqual([]);
  read.set(file, objects);
  return objects;
}

const FIXTURES = FILES.flatMap((file) => objectsOf(file).map((object) => ({ file, object })));

/** The migration of the fixture with a name; of a text, its only one. */
function migrationOf(file: (typeof FILES)[number], name: string, options = OPTIONS): Migration {
  const { migrations } = migrate(objectsOf(file), options);
  return migrations.find(({ sources }) => sources.some((source) => source.name === name))!;
}

function annotationsOf(migration: Migration): Record<string, string> {
  return Object.fromEntries(
    Object.entries(migration.annotations).map(([name, value]) => [name.replace('prescale.dev/', ''), value]),
  );
}

/** Fields of a file's objects that no entry covers. */
function uncovered(migrations: readonly Migration[], objects: readonly ManifestObject[]): string[] {
  const named = migrations.flatMap(({ carried, notCarried }) => [...carried, ...notCarried]).map(({ path }) => path);
  return objects
    .flatMap(({ content }) => leavesOf(content).map(pathText))
    .filter(
      (leaf) =>
        !named.some((path) => leaf === path || (leaf.startsWith(path) && /^[.[]/.test(leaf.slice(path.length)))),
    );
}

function refusals(migrations: readonly Migration[]): unknown[] {
  return migrations.flatMap(({ annotations, templates }) => {
    const limits = {
      defaultMode: 'observe',
      defaultUnmetTargetBp: 1,
      maxReplicas: 100_000,
      allowRawQueries: false,
    } as const;
    const known = Object.fromEntries(templates.map(({ name }) => [name, { args: [] }]));
    const opted = parsePolicy({}, annotations, { ...limits, templates: known });
    return opted.kind === 'in' ? [] : [opted];
  });
}

describe('ten manifests of each project', () => {
  it.each(FILES)('%s: every field is carried over or named with its reason, and the annotations are right', (file) => {
    const objects = objectsOf(file);
    expect(objects).toHaveLength(10);
    for (const object of objects.filter(({ content }) => !/^hpc-hpa$/.test(nameOf(content)))) {
      const { migrations } = migrate([object], OPTIONS);
      expect(uncovered(migrations, [object]), nameOf(object.content)).toEqual([]);
      expect(refusals(migrations), nameOf(object.content)).toEqual([]);
      for (const field of migrations[0]!.notCarried) expect(field.reason, field.path).not.toBe('');
    }
    expect(uncovered(migrate(objects, OPTIONS).migrations, objects)).toEqual([]);
  });

  it('touch every row of every table, as what it says', () => {
    const seen = new Set<string>();
    for (const { migrations } of FILES.map((file) => migrate(objectsOf(file), OPTIONS))) {
      for (const { carried } of migrations) for (const { to } of carried) seen.add(to);
    }
    for (const { title, rows } of SOURCES) {
      const said = rows.flatMap((row) => ('to' in row ? [row.to] : []));
      expect(
        said.filter((to) => !seen.has(to)),
        title,
      ).toEqual([]);
    }
  });
});

function nameOf(content: ManifestObject['content']): string {
  return String((content.metadata as { name?: string } | undefined)?.name);
}

/** A copy with some fields gone, some of another value, and some that nobody knows. */
const mangled = fc
  .tuple(
    fc.constantFrom(...FIXTURES),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('delete', 'change', 'add'), fc.jsonValue({ maxDepth: 2 })), {
      maxLength: 6,
    }),
  )
  .map(([{ object }, changes]) => {
    const content = structuredClone(JSON.parse(JSON.stringify(object.content))) as Record<string, unknown>;
    for (const [pick, change, value] of changes) {
      const leaves = leavesOf(content).filter(([first]) => first === 'spec' || first === 'metadata');
      const path = leaves[pick % Math.max(1, leaves.length)];
      if (path === undefined) continue;
      let at = content as Record<string | number, unknown>;
      for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
      const last = path.at(-1)!;
      if (change === 'delete' && !Array.isArray(at)) delete at[last];
      else if (change === 'change') at[last] = value;
      else if (!Array.isArray(at)) at[`x-${pick % 7}`] = value;
    }
    return content;
  });

describe('any manifest', () => {
  it('loses no field, and gives annotations that the addon takes, or one sentence', () => {
    fc.assert(
      fc.property(mangled, fc.constantFrom(undefined, 'Asia/Shanghai'), fc.boolean(), (content, timeZone, keepMode) => {
        const { objects } = readManifests(stringify(content), 'x.yaml');
        let migrations: readonly Migration[];
        try {
          ({ migrations } = migrate(objects, { ...OPTIONS, timeZone, keepMode }));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          return;
        }
        expect(uncovered(migrations, objects)).toEqual([]);
        expect(refusals(migrations)).toEqual([]);
      }),
      { numRuns: runs(40) },
    );
  });
});

describe('what becomes of', () => {
  it('the AHPA of the documentation', () => {
    const migration = migrationOf('ahpa', 'ahpa-demo');
    expect(migration.workload).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'fib-deployment' });
    expect(annotationsOf(migration)).toEqual({
      enabled: 'true',
      mode: 'observe',
      metric: 'cpu',
      target: '40%',
      'min-replicas': '2',
      'max-replicas': '100',
      'lead-time': '180s',
      stabilization: '300s',
      bounds: `- cron: 0 0 * * MON-FRI
  timeZone: UTC
  duration: 9h
  min: 4
  max: 15
- cron: 0 9 * * MON-FRI
  timeZone: UTC
  duration: 7h
  min: 10
  max: 15
- cron: 0 16 * * MON-FRI
  timeZone: UTC
  duration: 8h
  min: 15
  max: 20
`,
    });
    expect(migration.notCarried.map(({ path, line }) => ({ path, line }))).toEqual([
      { path: 'spec.prediction.quantile', line: 22 },
    ]);
    expect(migration.assumptions.join()).toContain('--timezone');
  });

  it('a CronHPA: the smallest size is the floor, each other one holds until the next job', () => {
    const options = { ...OPTIONS, timeZone: 'Asia/Shanghai' };
    expect(annotationsOf(migrationOf('cron-hpa', 'three-steps', options))).toMatchObject({
      'min-replicas': '2',
      bounds: `- cron: 0 7 * * *
  timeZone: Asia/Shanghai
  duration: 4h30m
  min: 10
- cron: 30 11 * * *
  timeZone: Asia/Shanghai
  duration: 2h30m
  min: 16
- cron: 0 14 * * *
  timeZone: Asia/Shanghai
  duration: 8h
  min: 10
`,
    });
    expect(annotationsOf(migrationOf('cron-hpa', 'switched-off')).bounds).toBe(
      '- cron: 0 20 * * *\n  timeZone: UTC\n  duration: 11h\n  min: 0\n  max: 0\n',
    );
    expect(annotationsOf(migrationOf('cron-hpa', 'excluded')).bounds).toContain(
      '  except:\n    - 2026-11-15\n    - 2027-11-15\n    - 2028-11-15\n',
    );
    expect(annotationsOf(migrationOf('cron-hpa', 'excluded')).bounds).toContain('cron: 30 9 * * 0,1,2,3,4,6');
  });

  it('a schedule for an HPA: it belongs to what the HPA scales', () => {
    const migration = migrationOf('tencent', 'hpc-hpa');
    expect(migration.workload.name).toBe('behind-an-hpa');
    expect(annotationsOf(migration)).toMatchObject({
      'take-over-hpa': 'nginx-hpa',
      'min-replicas': '1',
      'max-replicas': '6',
      target: '50%',
    });
    const alone = objectsOf('tencent').filter(({ content }) => nameOf(content) === 'hpc-hpa');
    expect(() => migrate(alone, OPTIONS)).toThrow(/tencent\.yaml:\d+: .*expected the manifest of that HPA too/);
  });

  it('KEDA: triggers of Prometheus are templates, the address and the headers settings of the chart', () => {
    const own = objectsOf('keda').filter(({ content }) => nameOf(content) === 'everything');
    const migration = migrate(own, OPTIONS).migrations[0]!;
    expect(annotationsOf(migration)).toMatchObject({
      metric: 'requests',
      target: '100.50',
      'metric-2': 'memory',
      'target-2': '1.5Gi',
      stabilization: '180s',
    });
    expect(migration.templates).toEqual([
      { name: 'requests', query: 'sum(rate(http_requests_total{namespace="shop"}[2m]))', draft: undefined },
    ]);
    expect(migration.settings).toEqual([
      { path: ['prometheus', 'url'], value: 'http://thanos-query.monitoring:9090' },
      { path: ['prometheus', 'headers', 'X-Client-Id'], value: 'cid' },
      { path: ['prometheus', 'headers', 'X-Scope-OrgID'], value: 'tenant' },
    ]);
  });

  it('a credential in a header: it stays where it is', () => {
    const migration = migrationOf('keda', 'value-target');
    expect(JSON.stringify([migration.annotations, migration.settings, migration.templates])).not.toContain('abc');
    expect(migration.settings).toContainEqual({
      path: ['kinds'],
      value: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
    });
  });

  it('its mode: observe until somebody asks for the manifest’s own', () => {
    expect(annotationsOf(migrationOf('crane', 'php-apache'))).toMatchObject({ mode: 'observe' });
    expect(annotationsOf(migrationOf('crane', 'php-apache', { ...OPTIONS, keepMode: true }))).toMatchObject({
      mode: 'auto',
    });
    expect(annotationsOf(migrationOf('ahpa', 'inference', { ...OPTIONS, keepMode: true }))).toMatchObject({
      mode: 'predictive',
    });
  });

  it('two workloads with a metric of one name: two templates; two Prometheus: the first, and the other with its reason', () => {
    const so = (name: string, server: string) => `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: ${name}}
spec:
  scaleTargetRef: {name: ${name}}
  triggers: [{type: prometheus, name: requests, metadata: {serverAddress: "${server}", query: "sum(r{app='${name}'})", threshold: "5"}}]
`;
    const text = [so('web', 'http://a:9090'), so('api', 'http://b:9090'), so('db', 'http://a:9090')].join('---\n');
    const { migrations } = migrate(readManifests(text, 'x.yaml').objects, OPTIONS);
    expect(migrations.map((migration) => annotationsOf(migration).metric)).toEqual([
      'requests',
      'requests-api',
      'requests-db',
    ]);
    expect(chartValues(migrations)).toEqual({
      config: {
        prometheus: {
          url: 'http://a:9090',
          templates: {
            requests: { query: "sum(r{app='web'})" },
            'requests-api': { query: "sum(r{app='api'})" },
            'requests-db': { query: "sum(r{app='db'})" },
          },
        },
      },
    });
    expect(migrations[1]!.notCarried.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'spec.triggers[0].metadata.serverAddress: one release asks one Prometheus: config.prometheus.url is "http://a:9090" already',
    ]);
  });

  it('Crane’s annotations: the PromQL of a metric', () => {
    expect(migrationOf('crane', 'sample-app').templates).toEqual([
      { name: 'http-requests', query: 'sum(sum(rate(http_requests_total[5m])) by (pod))', draft: undefined },
    ]);
  });

  it('Kapacity: the highest priority fixes a number, a lower one is not carried over', () => {
    const migration = migrationOf('kapacity', 'overridden');
    expect(annotationsOf(migration).bounds).toBe(
      '- cron: 0 9 * * 1-5\n  timeZone: Europe/Berlin\n  duration: 9h\n  min: 12\n  max: 12\n',
    );
    expect(migration.notCarried.find(({ path }) => path === 'spec.portraitProviders[2]')?.reason).toContain(
      'lower priority',
    );
    expect(annotationsOf(migrationOf('kapacity', 'dynamic-predictive-portrait-sample'))).toMatchObject({
      'lead-time': '120s',
    });
  });

  it('what the addon would refuse: it is taken out in the addon’s own words', () => {
    const migration = migrationOf('ahpa', 'far-ahead');
    expect(annotationsOf(migration)).toMatchObject({ target: '12.0' });
    expect(migration.notCarried.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^spec\.prediction\.scaleUpForward: prescale\.dev\/lead-time: found "7200s"; expected auto, or/,
        ),
      ]),
    );
  });
});

describe('what is no autoscaler', () => {
  const from = (text: string) => () => migrate(readManifests(text, 'x.yaml').objects, OPTIONS);

  it('is skipped beside one, and refused alone', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
    expect(from(service)).toThrow(
      'x.yaml:2: found Service web, and no autoscaler; expected one of AdvancedHorizontalPodAutoscaler',
    );
    expect(from('')).toThrow('found nothing, and no autoscaler');
    const hpa = readFileSync('migration/fixtures/hpa.yaml', 'utf8');
    expect(migrate(readManifests(`${service}---\n${hpa}`, 'x.yaml').objects, OPTIONS).skipped).toHaveLength(1);
  });

  it.each([
    [
      'apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler',
      'x.yaml:1: HorizontalPodAutoscaler: found autoscaling/v2beta1',
    ],
    [
      'apiVersion: autoscaling/v3\nkind: HorizontalPodAutoscaler',
      'found autoscaling/v3; expected autoscaling/v1 or autoscaling/v2',
    ],
    ['apiVersion: keda.sh/v1alpha1\nkind: ScaledJob', 'it starts Jobs'],
    [
      'apiVersion: autoscaling.alibabacloud.com/v1beta1\nkind: AdvancedHorizontalPodAutoscalerTemplate',
      'Knative Services',
    ],
    ['apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {}', 'found no workload that it scales'],
  ])('%s', (text, why) => {
    expect(from(text)).toThrow(why);
  });
});
