import { describe, expect, it } from 'vitest';
import { exampleStatus } from '../../../test/example-status.ts';
import { StatusChanges } from './status-watch.ts';

const OLDER = { replica: '', acting: null, figuresSeconds: 0 };
const UNKNOWN_BASELINE = { why: 'nothing is kept of what ran', madeSeconds: null };

const web = { ...exampleStatus(), why: 'as forecast', baseline: UNKNOWN_BASELINE };
const cart = { ...web, ref: { ...web.ref, name: 'cart' } };
const shown = (...workloads: (typeof web)[]) => ({
  ...OLDER,
  version: '0.1.0',
  leader: true,
  nowSeconds: 1_772_442_160,
  workloads,
});
const more = (wanted: number) => ({ ...web, replicas: { ...web.replicas, wanted } });

describe('prescale status --watch', () => {
  it('shows the table once, then the rows that change', () => {
    const changes = new StatusChanges({ output: 'table' });
    expect(changes.begun).toBe(false);
    const first = changes.next(shown(cart, web), undefined);
    expect(first.map((line) => line.split(/ +/)[1])).toEqual([
      'WORKLOAD',
      'Deployment/cart',
      `Deployment/${web.ref.name}`,
    ]);
    expect(changes.next(shown(cart, web), undefined)).toEqual([]);
    const next = changes.next(shown(cart, more(99)), undefined);
    expect(next).toHaveLength(1);
    expect(next[0]).toMatch(new RegExp(`Deployment/${web.ref.name} .* 99 `));
  });

  it('does not take the time since the newest decision for a change', () => {
    const changes = new StatusChanges({ output: 'table' });
    changes.next(shown(web), undefined);
    expect(changes.next(shown({ ...web, decidedSeconds: web.decidedSeconds + 15 }), undefined)).toEqual([]);
  });

  it('says who opted out, and believes no replica that only waits', () => {
    const changes = new StatusChanges({ output: 'table' });
    changes.next(shown(cart, web), undefined);
    expect(changes.next({ ...shown(), leader: false }, undefined)).toEqual([]);
    expect(changes.next(shown(web), undefined)).toEqual([`${web.ref.namespace}/Deployment/cart opted out\n`]);
  });

  it('is a line of JSON, or a document of YAML, for each change', () => {
    const json = new StatusChanges({ output: 'json' });
    expect(json.next(shown(web), undefined).map((line) => JSON.parse(line).schemaVersion)).toEqual([1]);
    expect(json.next(shown(web), undefined)).toEqual([]);
    const [document] = new StatusChanges({ output: 'yaml' }).next(shown(web), undefined);
    expect(document).toMatch(/^---\n(\w+: .*\n)*version: /);
  });
});
