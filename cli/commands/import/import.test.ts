import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { addonConfig } from '../../../addon/config/config.ts';
import { readManifests } from '../../../kubernetes/manifests/manifest-documents.ts';
import { chartValues } from '../../../migration/chart-values.ts';
import { migrate } from '../../../migration/migrate.ts';
import type { Migration } from '../../../migration/migration.ts';
import { prescale } from '../../../test/warm-prescale.ts';
import { kustomizationYaml, valuesYaml, workloadsYaml } from './manifest-output.ts';
import { replayBeside } from './replay-beside.ts';
import { importText } from './text-output.ts';

const FIXTURES = 'migration/fixtures';
const OPTIONS = { nowSeconds: Date.UTC(2026, 5, 10) / 1000, timeZone: undefined, keepMode: false };
const folder = mkdtempSync(join(tmpdir(), 'prescale-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

function migrationsOf(text: string): readonly Migration[] {
  return migrate(readManifests(text, 'x.yaml').objects, OPTIONS).migrations;
}

const all = ['ahpa', 'crane', 'kapacity', 'keda', 'cron-hpa', 'tencent', 'phpa', 'hpa'].flatMap((name) =>
  migrationsOf(readFileSync(`${FIXTURES}/${name}.yaml`, 'utf8')),
);

describe('what is printed', () => {
  it('as YAML is a patch for each workload, with all annotations as texts', () => {
    const documents = parseAllDocuments(workloadsYaml(all)).map((document) => document.toJS());
    expect(documents.map(({ metadata }) => metadata.annotations)).toEqual(all.map(({ annotations }) => annotations));
    for (const { metadata } of documents)
      for (const value of Object.values(metadata.annotations)) expect(value).toBeTypeOf('string');
  });

  it('as a kustomization has the same in its patches', () => {
    const { patches } = parse(kustomizationYaml(all)) as { patches: { target: { name: string }; patch: string }[] };
    expect(patches.map(({ patch }) => parse(patch).metadata.annotations)).toEqual(
      all.map(({ annotations }) => annotations),
    );
    expect(patches[0]!.target).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment', name: 'fib-deployment' });
  });

  it('as values of the chart is what the addon takes for its configuration', () => {
    const { config } = parse(valuesYaml(all)) as { config: unknown };
    expect(config).toEqual(chartValues(all).config);
    expect(Object.keys(addonConfig(config, 'values').prometheus.templates)).toContain('requests');
    expect(valuesYaml(all)).toMatch(/# To be looked at: the manifest names the metric .*\n +packets-per-second:/);
    expect(parse(valuesYaml(migrationsOf(readFileSync(`${FIXTURES}/cron-hpa.yaml`, 'utf8'))))).toEqual({});
  });

  it('as text fits forty columns where that is all there is', () => {
    const text = importText(all.slice(0, 1), 40, false);
    const prose = text.slice(text.indexOf('Assumed:'));
    for (const line of prose.split('\n')) expect(line.length, line).toBeLessThanOrEqual(40);
  });

  it('is never more than text, whatever stands in a manifest', () => {
    const hostile = 'a\\n  evil: \\"true\\"\\u001b[31m';
    const manifest = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: "${hostile}", annotations: {"x${hostile}": "${hostile}"}}
spec:
  scaleTargetRef: {name: "${hostile}"}
  triggers: [{type: "${hostile}", metadata: {a: "${hostile}"}}, {type: prometheus, metadata: {query: "up # ${hostile}", threshold: "5", serverAddress: "http://x\\n"}}]
`;
    const migrations = migrationsOf(manifest);
    const [patch] = parseAllDocuments(workloadsYaml(migrations)).map((document) => document.toJS());
    expect(Object.keys(patch)).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(Object.keys(patch.metadata)).toEqual(['name', 'annotations']);
    expect(patch.metadata.annotations).toEqual(migrations[0]!.annotations);
    expect(Object.keys(parse(valuesYaml(migrations)))).toEqual(['config']);
  });
});

describe('prescale import', () => {
  it('prints annotations, values and what is not carried over; the same as JSON', async () => {
    const [text, json] = await Promise.all([
      prescale(['import', `${FIXTURES}/hpa.yaml`]),
      prescale(['import', '-', '-o', 'json'], {
        stdin: `${readFileSync(`${FIXTURES}/phpa.yaml`, 'utf8')}---\nkind: Service\n`,
      }),
    ]);
    expect({ code: text.code, stderr: text.stderr }).toEqual({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /In the manifest of the Deployment.*prescale\.dev\/take-over-hpa: "v1".*Not carried over.*In the chart's values:.*takeOverHpa.*Next: /s,
    );
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const { schemaVersion, migrations, skipped } = JSON.parse(json.stdout);
    expect({ schemaVersion, count: migrations.length, skipped }).toEqual({
      schemaVersion: 1,
      count: 10,
      skipped: [{ file: 'stdin', line: expect.any(Number), object: 'Service' }],
    });
  });

  it('refuses with one sentence and 2', async () => {
    const { code, stdout, stderr } = await prescale(['import', '-'], {
      stdin: 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^prescale: stdin:2: found Service web, and no autoscaler; expected one of Advanced[^\n]*\n$/,
    );
  });
});

describe('the saving beside it', () => {
  const flags = { startup: 'eci', price: 'eci' };
  const ahpa = migrationsOf(readFileSync(`${FIXTURES}/ahpa.yaml`, 'utf8'))[0]!;

  it('is that of the manifest’s own target and bounds', async () => {
    const load = join(folder, 'load.csv');
    const rows = Array.from(
      { length: 7 * 144 + 9 },
      (_, i) => `${1_767_225_600 + i * 600},${Math.round(600 + 500 * Math.sin(i / 22.918))}`,
    );
    writeFileSync(load, `timestamp,value\n${rows.join('\n')}\n`);
    const beside = await replayBeside({ ...flags, replay: load, peakPods: '20' }, [ahpa], false);
    expect(beside!.figures).toMatchObject({ trace: 'load.csv', target: 'cpu at 40%', keepsSlo: true });
    expect(beside!.figures.saving).toBeGreaterThan(0.3);
    expect(beside!.text).toMatch(
      /^On load\.csv, beside an HPA .*hpa 40 %.*Prescale fills pods to what one serves, 55 of/s,
    );
  });

  it('needs one workload, a load, and a pod’s size that the target doesn’t tell', async () => {
    await expect(replayBeside(flags, [ahpa], false)).resolves.toBeUndefined();
    const refused: [object, readonly Migration[], string][] = [
      [{ replay: 'x.csv' }, [ahpa, ahpa], '--replay: found 2 workloads; expected one'],
      [{ replay: 'x.csv' }, [ahpa], '--pod-capacity <units> is missing'],
      [{ replay: '-' }, [ahpa], '"-" is for the manifests'],
      [{ replay: 'x.csv', prometheus: 'http://x' }, [ahpa], 'give one of the two'],
      [{ prometheus: 'http://127.0.0.1:9', start: '9d', peakPods: '3' }, [ahpa], '--prometheus needs --query'],
    ];
    for (const [given, migrations, why] of refused) {
      await expect(replayBeside({ ...flags, ...given }, migrations, false)).rejects.toThrow(why);
    }
  });
});
