import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ANNOTATION_PREFIX, ANNOTATION_SPECS, ANNOTATIONS, type AnnotationSpec } from '../core/policy/annotations.ts';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { PolicyLimits, WorkloadPolicy } from '../core/policy/policy.ts';
import { boundsAhead, boundsAt } from '../core/policy/scheduled-bounds.ts';

/** The columns of its tables may be aligned or not. */
const page = readFileSync('docs/annotations.md', 'utf8').replace(/^\|.*$/gm, (row) =>
  row.replace(/ +/g, ' ').replace(/-{3,}/g, '---'),
);

/** What the page says that the administrator has set up; the cap is above all that it shows. */
const LIMITS: PolicyLimits = {
  defaultMode: 'observe',
  defaultUnmetTargetBp: 1,
  maxReplicas: 100,
  allowRawQueries: false,
  templates: { 'http-requests': { args: ['service'] }, 'queue-length': { args: ['queue'] } },
};

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
}

/** The documents of each YAML block, under the heading that it stands below. */
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => ({
  title: [...page.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)![1]!,
  manifests: parseAllDocuments(match[1]!).map((document) => document.toJS() as Manifest),
}));

/** What each workload of an example makes of its annotations. */
function outcomes(manifests: readonly Manifest[]) {
  const labels = manifests.find(({ kind }) => kind === 'Namespace')?.metadata.labels ?? {};
  return manifests
    .filter(({ kind }) => kind !== 'Namespace')
    .map(({ metadata }) => ({ name: metadata.name, opted: parsePolicy(labels, metadata.annotations ?? {}, LIMITS) }));
}

function policyOf(title: string): WorkloadPolicy {
  const [first] = outcomes(examples.find((example) => example.title === title)!.manifests);
  expect(first).toMatchObject({ opted: { kind: 'in' } });
  return (first!.opted as Extract<(typeof first & object)['opted'], { kind: 'in' }>).policy;
}

function row(spec: AnnotationSpec): string {
  const name = `\`${ANNOTATION_PREFIX}${spec.name}\`${spec.numbered === true ? ', `-2` … `-5`' : ''}`;
  return `| ${[name, spec.syntax, spec.byDefault, spec.meaning, `\`${spec.example}\``].join(' | ')} |`;
}

describe('the table', () => {
  it('is the schema', () => {
    const table = [
      '| annotation | what may be written | default | meaning | example |',
      '| --- | --- | --- | --- | --- |',
      ...ANNOTATIONS.map(row),
    ].join('\n');
    expect(page).toContain(`\n\n${table}\n\n`);
  });

  it('has no annotation that is not read, and the page names none', () => {
    for (const [name] of page.matchAll(/prescale\.dev\/[a-z][a-z0-9-]*/g))
      expect([...ANNOTATION_SPECS.keys()]).toContain(name);
  });

  it('has no cell that breaks it', () => {
    for (const spec of ANNOTATIONS.map(row)) expect(spec.split('|')).toHaveLength(7);
  });

  it('tells the defaults that the code has', () => {
    const result = parsePolicy({}, { [`${ANNOTATION_PREFIX}enabled`]: 'true' }, LIMITS);
    expect(result).toMatchObject({
      policy: {
        metrics: [{ metric: { resource: 'cpu' }, target: { fraction: 0.7 } }],
        minReplicas: 1,
        maxReplicas: LIMITS.maxReplicas,
        scaleUpAhead: 'auto',
        stabilization: 'auto',
        paused: 'no',
      },
    });
  });
});

describe('the examples', () => {
  it('are the first one and five more', () => {
    expect(examples.map(({ title }) => title)).toHaveLength(6);
  });

  it.each(examples)('$title: every workload is in, or out as the page says', ({ manifests }) => {
    for (const { name, opted } of outcomes(manifests)) {
      expect(opted.kind === 'wrong' ? opted.errors : [], name).toEqual([]);
      expect(opted.kind, name).toBe(name === 'import' ? 'out' : 'in');
    }
  });

  it('have only text as values, as Kubernetes wants', () => {
    for (const { metadata } of examples.flatMap(({ manifests }) => manifests)) {
      for (const value of Object.values({ ...metadata.labels, ...metadata.annotations }))
        expect(value).toBeTypeOf('string');
    }
  });

  it('of the night rest at zero, and two pods are asked for before seven in Shanghai', () => {
    const policy = policyOf('Scaled to zero at night');
    const at = (text: string) => Date.parse(text) / 1000;
    expect(boundsAt(policy, at('2026-06-01T15:00:00Z')).min).toBe(0);
    expect(boundsAhead(policy, at('2026-06-01T22:58:00Z'), 180).min).toBe(2);
    expect(boundsAt(policy, at('2026-06-01T23:00:00Z')).min).toBe(2);
  });

  it('of holidays have ten pods on a working day, one on Christmas, thirty in the sale', () => {
    const policy = policyOf('Office hours, holidays and a sale');
    const min = (text: string) => boundsAt(policy, Date.parse(text) / 1000).min;
    expect(min('2026-12-23T12:00:00Z')).toBe(10);
    expect(min('2026-12-25T12:00:00Z')).toBe(1);
    expect([min('2026-11-26T23:00:00Z'), min('2026-11-29T12:00:00Z'), min('2026-11-30T23:00:00Z')]).toEqual([
      30, 30, 1,
    ]);
  });
});

it('bounds in the table’s example are the list that the page describes', () => {
  const { example } = ANNOTATIONS.find(({ name }) => name === 'bounds')!;
  expect(parse(example)).toEqual([{ cron: '0 8 * * MON-FRI', timeZone: 'Europe/Berlin', duration: '10h', min: 10 }]);
});
