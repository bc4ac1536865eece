import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ChartFacts, chartReadme } from '../docs/chart-readme.ts';
import { chartSchema, type JsonSchema, oneEditFrom } from '../docs/chart-schema.ts';
import { chartValues } from '../docs/chart-values.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const text = read('helm/values.yaml');
const values = parse(text) as Record<string, unknown>;
const schema = JSON.parse(read('helm/values.schema.json')) as JsonSchema;
const RENEW = 'npm run build && node helm/refresh.mjs';

/** Sections of the schema that take the names of their properties only, by path; `[]` is a list's item. */
function* sections(one: JsonSchema, path = ''): Generator<readonly [string, JsonSchema]> {
  if (one.properties !== undefined && one.additionalProperties === false) yield [path, one];
  for (const [key, inner] of Object.entries(one.properties ?? {})) yield* sections(inner, `${path}/${key}`);
  if (one.items !== undefined) yield* sections(one.items, `${path}[]`);
}

function* leaves(one: JsonSchema, path = ''): Generator<readonly [string, JsonSchema]> {
  for (const [key, inner] of Object.entries(one.properties ?? {})) {
    yield [`${path}${key}`, inner];
    yield* leaves(inner, `${path}${key}.`);
  }
  if (one.items !== undefined) yield* leaves(one.items, `${path}[].`);
}

describe('the schema of the values', () => {
  const takes = new Ajv({ allErrors: true, strict: false }).compile(schema);
  const refusals = (given: object): string[] => {
    takes(given);
    return (takes.errors ?? []).map(
      ({ instancePath, params, message }: ErrorObject) =>
        `${instancePath}: ${params.allowedValue ?? params.additionalProperty ?? message}`,
    );
  };

  it("is made of the addon's own schema of config and the comments of values.yaml", () => {
    expect(schema, `out of date: ${RENEW}`).toEqual(chartSchema(schema, chartValues(text, schema)));
    expect(read('helm/.helmignore').split('\n')).toEqual(expect.arrayContaining(['*.ts', '*.mjs']));
  });

  it('takes what is shipped', () => {
    expect(refusals(values)).toEqual([]);
  });

  it('knows every value, has a value for everything, and describes each', () => {
    // These two belong to a chart that has this one as a dependency.
    const { global: _, enabled: __, ...own } = schema.properties!;
    expect(Object.keys(values)).toEqual(Object.keys(own));
    for (const [key, { properties }] of Object.entries(own)) {
      if (properties === undefined || ['config', 'resources', 'dnsConfig'].includes(key)) continue;
      expect(Object.keys(values[key] as object).sort(), key).toEqual(Object.keys(properties).sort());
    }
    // Within config, sections are described by what is in them.
    const bare = [...leaves(schema)]
      .filter(([path, { description, properties }]) => !description && !(properties && path.startsWith('config.')))
      .map(([path]) => path);
    expect(bare).toEqual([]);
  });

  it('refuses a value without a comment: it would be in no table', () => {
    expect(() => chartValues('mode: single\n# Whether.\nredis:\n  size: 1\n', { properties: {} })).toThrow(
      'values.yaml: no comment above mode; expected one that describes it',
    );
  });

  it('is closed wherever it names values', () => {
    const open = [...leaves(schema), ['', schema] as const].filter(
      ([, one]) => one.properties !== undefined && one.additionalProperties !== false,
    );
    // Kubernetes' own objects, of which only what the chart reads is named.
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it.each([
    [{ replicaCout: 3 }, '/replicaCout: did you mean replicaCount?'],
    [{ replicas: 3 }, '/replicas: did you mean replicaCount?'],
    [{ topologyspreadconstraints: [] }, '/topologyspreadconstraints: did you mean topologySpreadConstraints?'],
    [{ image: { tga: '1' } }, '/image/tga: did you mean tag?'],
    [{ config: { limits: { maxReplica: 5 } } }, '/config/limits/maxReplica: did you mean maxReplicas?'],
    [{ redis: { bundled: { persistance: {} } } }, '/redis/bundled/persistance: did you mean persistence?'],
    [{ extraEnv: [{ name: 'A', valeu: '1' }] }, '/extraEnv/0/valeu: did you mean value?'],
    [{ sidecars: [] }, ': sidecars'],
    [{ enabled: false, global: { imageRegistry: 'a' } }, undefined],
  ])('of %j says %s', (given, refusal) => {
    expect(refusals(given)).toEqual(refusal === undefined ? [] : [refusal]);
  });

  it('property: one wrong, missing, further or swapped letter is answered with the name, and no known name is a miss', () => {
    const all = [...sections(schema)].filter(([, { patternProperties }]) => patternProperties !== undefined);
    expect(all.length).toBeGreaterThan(30);
    for (const [path, { properties, patternProperties }] of all) {
      for (const name of Object.keys(properties!)) {
        const hit = Object.keys(patternProperties as object).filter((pattern) => new RegExp(pattern).test(name));
        expect(hit, `${path}: ${name}`).toEqual([]);
      }
    }
    const names = fc.constantFrom(...all.flatMap(([, { properties }]) => Object.keys(properties!)));
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz-');
    fc.assert(
      fc.property(
        names,
        fc.nat(),
        letter,
        fc.constantFrom('drop', 'add', 'change', 'swap'),
        (name, place, one, what) => {
          const i = place % name.length;
          const [head, tail] = [name.slice(0, i), name.slice(i)];
          const edits = {
            drop: head + tail.slice(1),
            add: head + one + tail,
            change: head + one + tail.slice(1),
            swap: head + tail.slice(1, 2) + tail.slice(0, 1) + tail.slice(2),
          };
          expect(new RegExp(oneEditFrom(name)).test(edits[what as keyof typeof edits])).toBe(
            edits[what as keyof typeof edits] !== name,
          );
        },
      ),
    );
  });
});

describe("the chart's page", () => {
  const facts = parse(read('helm/Chart.yaml')) as ChartFacts;
  const page = read('helm/README.md');

  it('is made of Chart.yaml, the comments of values.yaml and the settings of the addon', () => {
    expect(unpadded(page), `out of date: ${RENEW}`).toBe(unpadded(chartReadme(facts, chartValues(text, schema))));
  });

  it('has a row with a meaning for every value', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` *\|(?:[^|\\]|\\.)*\| *(.*?) *\|$/gm)];
    expect(rows.filter(([, , meaning]) => meaning === '')).toEqual([]);
    const paths = rows.map(([, path]) => path!);
    for (const key of Object.keys(values)) {
      expect(
        paths.some((path) => path === key || path.startsWith(`${key}.`)),
        key,
      ).toBe(true);
    }
  });
});

describe('Chart.yaml', () => {
  const { annotations, icon, home, sources } = parse(read('helm/Chart.yaml')) as {
    readonly annotations: Readonly<Record<string, string>>;
    readonly icon: string;
    readonly home: string;
    readonly sources: readonly string[];
  };
  const listed = <T>(name: string) => parse(annotations[`artifacthub.io/${name}`]!) as readonly T[];
  const { version, license } = JSON.parse(read('package.json')) as { version: string; license: string };
  const PROJECT = 'https://github.com/<owner>/<repository>';

  it('has the icon of helm/icon.svg', () => {
    const [, encoded = ''] = icon.split('data:image/svg+xml;base64,');
    expect(Buffer.from(encoded, 'base64').toString(), `out of date: ${RENEW}`).toBe(read('helm/icon.svg'));
    expect(encoded.length).toBeLessThan(2_000);
  });

  it('names the licence of the package, and images that the values name', () => {
    expect(annotations['artifacthub.io/license']).toBe(license);
    const { tag } = (values.redis as { bundled: { image: { tag: string } } }).bundled.image;
    expect(listed<{ image: string }>('images').map(({ image }) => image)).toEqual([
      `ghcr.io/<owner>/<repository>:${version}`,
      `docker.io/library/redis:${tag}`,
    ]);
  });

  it("links to pages that are there, in the project's repository", () => {
    expect([home, ...sources]).toEqual([PROJECT, PROJECT]);
    for (const { url } of listed<{ url: string }>('links')) {
      expect(url.startsWith(`${PROJECT}/`), url).toBe(true);
      const [, page] = /\/blob\/main\/(.*)$/.exec(url) ?? [];
      if (page !== undefined) expect(existsSync(page), page).toBe(true);
    }
  });

  it("says what changed in Artifact Hub's words", () => {
    const changes = listed<{ kind: string; description: string }>('changes');
    expect(changes.length).toBeGreaterThan(0);
    for (const { kind, description } of changes) {
      expect(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']).toContain(kind);
      expect(description).not.toBe('');
    }
  });
});

/** Markdown without the padding of its tables' cells, as the formatter pads them. */
function unpadded(markdown: string): string {
  return markdown.replace(/ *\| */g, '|').replace(/\|-+(?=\|)/g, '|-');
}
