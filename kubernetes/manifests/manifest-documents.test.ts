import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readManifests, valueAt } from './manifest-documents.ts';

const read = (text: string) => readManifests(text, 'x.yaml');
const problemsOf = (text: string) => read(text).problems.map(({ line, message }) => `${line}: ${message}`);

describe('manifests', () => {
  it('are read with the line of each field, document by document and item by item', () => {
    const { objects, problems } = read(`# Source: shop/templates/web.yaml
kind: Deployment
metadata:
  name: web
---
---
apiVersion: v1
kind: List
items:
  - kind: Service
    metadata: {name: web}
  - kind: DeploymentList
    items:
      - kind: Deployment
        metadata:
          name: db
          annotations:
            a.b/c: "1"
`);
    expect(problems).toEqual([]);
    expect(
      objects.map(({ content, source }) => [content.kind, valueAt(content, ['metadata', 'name']), source]),
    ).toEqual([
      ['Deployment', 'web', 'shop/templates/web.yaml'],
      ['Service', 'web', undefined],
      ['Deployment', 'db', undefined],
    ]);
    const db = objects[2]!;
    expect(db.lineOf([])).toBe(14);
    expect(db.lineOf(['metadata', 'annotations', 'a.b/c'])).toBe(18);
    // What isn't there: the nearest that is.
    expect(db.lineOf(['metadata', 'labels', 'x'])).toBe(15);
    expect(read('{"kind":"Pod","metadata":{"name":"x"}}').objects[0]!.content.kind).toBe('Pod');
  });

  it('may use anchors, aliases and merge keys, as kubectl reads them', () => {
    const { objects } = read(`kind: Deployment
metadata:
  annotations: &own {a: "1", b: "2"}
spec:
  merged:
    <<: *own
    b: "3"
  same: *own
`);
    expect(objects[0]!.content.spec).toEqual({ merged: { a: '1', b: '3' }, same: { a: '1', b: '2' } });
    expect(objects[0]!.lineOf(['spec', 'merged', 'a'])).toBe(3);
    expect(objects[0]!.lineOf(['spec', 'merged', 'b'])).toBe(7);
  });

  it('that are none end in a sentence with their line, and the others are read', () => {
    expect(problemsOf('kind: a\n---\nkind: [\n---\nkind: b\n')).toEqual([
      expect.stringMatching(/^4: found no valid YAML: /),
    ]);
    expect(read('kind: a\n---\nkind: [\n---\nkind: b\n').objects).toHaveLength(2);
    expect(problemsOf('a: 1\na: 2\n')).toEqual([
      expect.stringContaining('2: found no valid YAML: Map keys must be unique'),
    ]);
    expect(problemsOf('- a\n')).toEqual(['1: found a list; expected a Kubernetes object with apiVersion and kind']);
    expect(problemsOf('just a text')).toEqual([expect.stringContaining('1: found the string "just a text"')]);
    expect(problemsOf('metadata:\n  name: {{ .Values.name }}\n  x: {{- y }}\n')[0]).toContain(
      'a chart has to be rendered first',
    );
    expect(read('')).toEqual({ objects: [], problems: [] });
    expect(read('# only a comment\n---\n').objects).toEqual([]);
  });

  it('that would never end are refused: circles, bombs of aliases and of merge keys, wells', () => {
    expect(problemsOf('kind: x\nmetadata: &m {self: *m}\n')).toEqual([expect.stringContaining('a circle')]);
    const powers = 'abcdefghij'.split('');
    const bomb = (one: (before: string) => string) =>
      powers
        .map(
          (name, i) =>
            `${name}: &${name} ${
              i === 0
                ? '{k: 1}'
                : one(
                    Array(9)
                      .fill(`*${powers[i - 1]}`)
                      .join(','),
                  )
            }`,
        )
        .join('\n');
    expect(problemsOf(bomb((all) => `[${all}]`))).toEqual([expect.stringContaining('repeat too many values')]);
    expect(problemsOf(bomb((all) => `{<<: [${all}]}`))).toEqual([expect.stringContaining('repeat too many values')]);
    expect(problemsOf(`a: ${'['.repeat(400)}${']'.repeat(400)}`)).toEqual([expect.stringContaining('levels')]);
    expect(problemsOf(`a: ${'['.repeat(3_000)}`)).toEqual([expect.stringContaining('levels')]);
  });

  it('give back what any object says, and find the line of every key', () => {
    const object = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9./-]{0,8}$/), fc.jsonValue({ maxDepth: 3 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(object, (content) => {
        // Unquoted, << would merge.
        const defaultKeyType = JSON.stringify(content).includes('"<<"') ? 'QUOTE_DOUBLE' : 'PLAIN';
        const text = stringify({ kind: 'Thing', spec: content }, { defaultKeyType });
        const [found] = read(text).objects;
        expect(JSON.parse(JSON.stringify(found!.content))).toEqual(
          JSON.parse(JSON.stringify({ kind: 'Thing', spec: content })),
        );
        const lines = text.split('\n');
        for (const key of Object.keys(content)) expect(lines[found!.lineOf(['spec', key]) - 1]).toContain(key);
      }),
      { numRuns: 30, examples: [[{ a: { '<<': null } }]] },
    );
  });
});
