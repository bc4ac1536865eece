import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ANNOTATION_SPECS, ownAnnotations } from '../../../core/policy/annotations.ts';
import { parsePolicy } from '../../../core/policy/parse-policy.ts';
import type { PolicyLimits } from '../../../core/policy/policy.ts';
import { readManifests } from '../../../kubernetes/manifests/manifest-documents.ts';
import { prescale } from '../../../test/spawn-prescale.ts';
import { lintObjects } from './lint-objects.ts';
import { findingLine, githubLine } from './lint-output.ts';

const KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
];
const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 50,
  allowRawQueries: false,
  templates: { http: { args: ['service'] } },
};

function lint(text: string, limits?: PolicyLimits): string[] {
  const { findings } = lintObjects(readManifests(text, 'x.yaml').objects, { kinds: KINDS, limits });
  return findings.map((finding) => findingLine(finding).replace('x.yaml:', ''));
}

/** A Deployment with annotations from line 5 on. */
function deployment(...annotations: string[]): string {
  const lines = [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  annotations:',
    ...annotations.map((line) => `    prescale.dev/${line}`),
  ];
  return `${lines.join('\n')}\n  name: web\n`;
}

describe('errors', () => {
  it('come all at once, each with its line', () => {
    expect(
      lint(
        deployment(
          'enabled: "true"',
          'mode: automatic',
          'target: "70"',
          'min-replicas: 2',
          'max-replica: "3"',
          'bounds: "[{cron: x}]"',
        ),
      ),
    ).toEqual([
      '8: error: Deployment web: prescale.dev/min-replicas: found 2; expected a text in quotes, "2": Kubernetes refuses the object as it is',
      '9: error: Deployment web: prescale.dev/max-replica: there is no such annotation; did you mean prescale.dev/max-replicas?',
      expect.stringMatching(/^6: error: .*mode: found "automatic"; expected observe, auto, predictive or reactive/),
      expect.stringMatching(/^7: error: .*target: found "70"; expected 70%/),
      expect.stringMatching(/^10: error: .*bounds: \[0\]\.cron: /),
      expect.stringMatching(/^10: error: .*bounds: \[0\]\.timeZone: /),
      expect.stringMatching(/^10: error: .*bounds: \[0\]\.duration: /),
    ]);
  });

  it('are not cut off where there are many', () => {
    const rules = Array.from({ length: 16 }, () => '{cron: x, timeZone: y, duration: z}').join(', ');
    expect(lint(deployment('enabled: "true"', `bounds: "[${rules}]"`))).toHaveLength(48);
  });

  it('of values show also where the namespace may opt in, and as warnings where the workload is off', () => {
    expect(lint(deployment('target: x'))[1]).toContain('error: Deployment web: prescale.dev/target: found "x"');
    expect(lint(deployment('enabled: "false"', 'target: x'))).toEqual([expect.stringContaining('6: warning: ')]);
  });

  it('of templates, queries and the cap need the administrator’s configuration', () => {
    const asked = deployment('enabled: "true"', 'metric: htp', 'target: "5"', 'max-replicas: "80"');
    expect(lint(asked)).toEqual([]);
    expect(lint(asked, LIMITS).join()).toMatch(
      /or one of the administrator's templates \(http\).*at most 50, the administrator's cap/,
    );
  });
});

describe('what would be silent in a cluster is a warning', () => {
  it.each([
    [
      'a mode without enabled',
      deployment('mode: auto'),
      '5: warning: Deployment web: prescale.dev/enabled: found nothing, so prescale.dev/mode has no effect',
    ],
    [
      'annotations on the pod template',
      `${deployment('enabled: "true"')}spec:\n  template:\n    metadata:\n      annotations: {prescale.dev/mode: auto}\n`,
      '10: warning: Deployment web: prescale.dev/mode: on the pod template, where it has no effect',
    ],
    [
      'a DaemonSet',
      'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {annotations: {prescale.dev/enabled: "true"}}',
      'a DaemonSet has one pod a node',
    ],
    [
      'a Job',
      'apiVersion: batch/v1\nkind: Job\nmetadata: {annotations: {prescale.dev/enabled: "true"}}',
      'a Job runs to its end',
    ],
    [
      'a Pod',
      'apiVersion: v1\nkind: Pod\nmetadata: {annotations: {prescale.dev/enabled: "true"}}',
      'a Pod has no replicas',
    ],
    [
      'a kind that nobody named',
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {annotations: {prescale.dev/enabled: "true"}}',
      'config.kinds names Deployment, StatefulSet only; expected argoproj.io/v1alpha1 Rollout there too',
    ],
    [
      'a label',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    prescale.dev/enabled: "true"',
      '5: warning: Deployment: prescale.dev/enabled: a label',
    ],
    [
      'a namespace’s label that nobody reads',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {prescale.dev/target: "5"}}',
      'is not read on a namespace',
    ],
    ['a metric that is nearly one', deployment('enabled: "true"', 'metric: cpus', 'target: "5"'), 'did you mean cpu?'],
    [
      'our own notes',
      deployment('enabled: "true"', 'status: "{}"'),
      '6: warning: Deployment web: prescale.dev/status: Prescale writes it by itself',
    ],
  ])('%s', (_, text, words) => {
    const found = lint(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
    expect(found[0]).toContain('warning');
  });

  it('an HPA that is not named, and any other autoscaler of the workload', () => {
    const other = (kind: string) =>
      `---\nkind: ${kind}\nmetadata: {name: own}\nspec: {scaleTargetRef: {kind: Deployment, name: web}}\n`;
    expect(lint(`${deployment('enabled: "true"')}${other('HorizontalPodAutoscaler')}`)).toEqual([
      expect.stringContaining('expected prescale.dev/take-over-hpa: own'),
    ]);
    expect(lint(`${deployment('enabled: "true"', 'take-over-hpa: own')}${other('HorizontalPodAutoscaler')}`)).toEqual(
      [],
    );
    expect(lint(`${deployment('enabled: "true"')}${other('ScaledObject')}`)).toEqual([
      expect.stringContaining('ScaledObject own scales it too'),
    ]);
  });
});

describe('a namespace of the manifests', () => {
  it('opts its workloads in, and is told of what is wrong with its labels', () => {
    const namespace = (labels: string) =>
      `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {${labels}}}\n---\n`;
    const web = `${deployment('mode: auto')}  namespace: shop\n`;
    expect(lint(`${namespace('prescale.dev/enabled: "true"')}${web}`)).toEqual([]);
    expect(lint(`${namespace('prescale.dev/enabled: "true", prescale.dev/mode: autos')}${web}`)).toEqual([
      expect.stringMatching(/^3: error: Namespace shop: prescale.dev\/mode: .*did you mean "auto"/),
    ]);
  });
});

describe('any annotations', () => {
  it('are judged as the addon judges them', () => {
    const name = fc.oneof(
      fc.constantFrom(...ANNOTATION_SPECS.keys()),
      fc.stringMatching(/^prescale\.dev\/[a-z-]{1,12}$/),
    );
    const value = fc.oneof(
      fc.constantFrom(
        'true',
        'auto',
        '70%',
        '5',
        'cpu',
        '500m',
        '[{cron: "0 8 * * *", timeZone: UTC, duration: 2h, min: 1}]',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 8 }), (given) => {
        const annotations = { ...given, 'prescale.dev/enabled': 'true' };
        const manifest = stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', annotations } });
        const { findings, optedIn } = lintObjects(readManifests(manifest, 'x.yaml').objects, {
          kinds: KINDS,
          limits: LIMITS,
        });
        const opted = parsePolicy({}, annotations, LIMITS, 1000);
        const expected = opted.kind === 'wrong' ? opted.errors : [];
        const errors = findings
          .filter(({ level }) => level === 'error')
          .map(({ annotation, message }) => ({ annotation, message }));
        expect(errors).toEqual(expected);
        expect(optedIn).toBe(opted.kind === 'in' ? 1 : 0);
        expect(ownAnnotations(annotations).length).toBeGreaterThan(0);
      }),
      { numRuns: 80 },
    );
  });
});

describe('prescale lint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-lint-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'web.yaml');

  it('prints file, line and level, says how much it looked at, and ends with 2 where something is wrong', async () => {
    writeFileSync(path, `${deployment('enabled: "true"', 'mode: automatic')}---\nkind: [\n`);
    const { code, stdout, stderr } = await prescale(['lint', path]);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      `${path}:6: error: Deployment web: prescale.dev/mode: found "automatic"; expected observe, auto, predictive or reactive; did you mean "auto"?`.replace(
        '; did you mean "auto"?',
        '',
      ),
      expect.stringMatching(/web\.yaml:\d+: error: found no valid YAML/),
    ]);
    expect(stderr).toBe('prescale: 2 errors and 0 warnings in 1 object, of which 0 opt in\n');
    expect(code).toBe(2);
  });

  it('with --strict takes warnings for errors; as JSON it is data', async () => {
    writeFileSync(path, deployment('mode: auto'));
    expect((await prescale(['lint', path])).code).toBe(0);
    const { code, stdout } = await prescale(['lint', path, '--strict', '-o', 'json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      objects: 1,
      optedIn: 0,
      errors: 1,
      warnings: 0,
      findings: [{ file: path, line: 5 }],
    });
  });

  it('for GitHub escapes what would end its line', () => {
    const finding = {
      file: 'a,b:c.yaml',
      line: 3,
      level: 'error',
      object: 'Deployment web',
      annotation: undefined,
      message: 'found 50%\nnext',
      source: undefined,
    } as const;
    expect(githubLine(finding)).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=3,title=prescale::Deployment web: found 50%25 next',
    );
  });
});
