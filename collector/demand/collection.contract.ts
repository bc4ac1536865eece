import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedMetric, CollectionList, CollectorsAlive, ReadingsBoard } from './collection.ts';
import type { DemandReading } from './demand-source.ts';

/** What the contract asks of an implementation: all three on one store, which is empty. */
export interface CollectionUnderTest {
  readonly list: CollectionList;
  readonly board: ReadingsBoard;
  readonly alive: CollectorsAlive;
  /** A collector that was silent so long is dead. */
  readonly deadAfterSeconds: number;
  /** Lets time pass, for real or not. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Three metrics. */
const [A, B, C] = ['shop/Deployment/a#0', 'shop/Deployment/b#1', 'shop/StatefulSet/c#0'] as const;

type Value = Extract<DemandReading, { kind: 'value' }>;

/** A metric with everything in it that a store may lose: quotes, line breaks, letters beyond ASCII. */
function metric(id: string, selector = 'app=web,tier in (a,b)'): CollectedMetric {
  const [namespace = '', kind = '', name = ''] = id.slice(0, id.lastIndexOf('#')).split('/');
  const args = { service: `caf\u00e9 "${id}"\n\\` };
  return {
    query: {
      id,
      workload: { apiVersion: 'apps/v1', kind, namespace, name },
      metric: { kind: 'template', template: 'requests', args },
    },
    selector,
  };
}

const value = (demand: number, timeSeconds: number, more: Partial<Value> = {}): Value => ({
  kind: 'value',
  value: demand,
  timeSeconds,
  ...more,
});
const missing = (why: string): DemandReading => ({ kind: 'missing', why });
/** An instant of real clocks, so that nothing is taken for long past. */
const tick = () => Math.floor(Date.now() / 15_000) * 15;

/** What every CollectionList, ReadingsBoard and CollectorsAlive promises. */
export function collectionContract(name: string, open: () => Promise<CollectionUnderTest>): void {
  let under: CollectionUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.close());

  describe(`${name}: the list of what is to be collected`, () => {
    it('is not known before it was written, and known to be empty afterwards', async () => {
      const { list } = under;
      expect([await list.read(), await list.version()]).toEqual([undefined, undefined]);
      await list.put([]);
      expect(await list.read()).toEqual(new Map());
      expect(await list.version()).toEqual(expect.any(String));
    });

    it('gives back what was put, the newest of each id, and nothing of what was removed', async () => {
      const { list } = under;
      await list.put([metric(A), metric(B), metric(C)]);
      await list.put([metric(B, 'app=other')]);
      await list.remove([A, 'never']);
      const read = await list.read();
      expect([...read!.keys()].sort()).toEqual([B, C]);
      expect(read!.get(B)).toEqual(metric(B, 'app=other'));
      expect(read!.get(C)).toEqual(metric(C));
      await list.remove([B, C]);
      expect(await list.read()).toEqual(new Map());
    });

    it('has another version after every change, and the same one otherwise', async () => {
      const { list } = under;
      const seen: (string | undefined)[] = [];
      const note = async () => seen.push(await list.version());
      await list.put([metric(A)]);
      await note();
      await list.put([metric(A, 'app=other')]);
      await note();
      await list.remove([A]);
      await note();
      expect(new Set(seen).size).toBe(3);
      await list.read();
      await list.markFilled([A]);
      expect(await list.version()).toBe(seen.at(-1));
    });

    it('remembers which histories were read, until the metric is removed', async () => {
      const { list } = under;
      await list.put([metric(A), metric(B)]);
      expect(await list.filled()).toEqual(new Set());
      await list.markFilled([A, B]);
      await list.markFilled([A]);
      await list.markFilled([]);
      expect(await list.filled()).toEqual(new Set([A, B]));
      await list.remove([A]);
      expect(await list.filled()).toEqual(new Set([B]));
      await list.put([metric(A)]);
      expect(await list.filled()).toEqual(new Set([B]));
    });

    it('holds thousands', async () => {
      const { list } = under;
      const many = Array.from({ length: 3000 }, (_, i) => metric(`team-${i}/Deployment/app#0`));
      await list.put(many);
      await list.markFilled(many.map(({ query }) => query.id));
      expect((await list.read())!.size).toBe(3000);
      expect((await list.filled()).size).toBe(3000);
    });
  });

  describe(`${name}: the board of the newest readings`, () => {
    it('is empty at first', async () => {
      expect(await under.board.read()).toEqual({ readings: new Map(), ticks: new Map(), publishedSeconds: new Map() });
    });

    it('shows what was published as it was, but for what each pod uses', async () => {
      const { board } = under;
      const at = tick();
      const pods = { counted: 2, unmeasured: 1, starting: 0 };
      const whole = value(0.1 + 0.2, at - 15.5, { censored: true, pods });
      await board.publish('one', at, new Map([['a', { ...whole, perPod: new Map([['web-1', 0.3]]) }]]));
      await board.publish(
        'two',
        at - 15,
        new Map([
          ['b', value(0, at - 30, { censored: false })],
          ['c', missing('the query gives no series: caf\u00e9?\n')],
          ['d', value(1e300, at - 30)],
        ]),
      );
      const { readings, publishedSeconds } = await board.read();
      expect([...publishedSeconds].sort()).toEqual([
        ['one', at],
        ['two', at - 15],
      ]);
      expect(readings.get('a')).toEqual(whole);
      expect(readings.get('b')).toEqual(value(0, at - 30, { censored: false }));
      expect(readings.get('c')).toEqual(missing('the query gives no series: caf\u00e9?\n'));
      expect(readings.get('d')).toEqual(value(1e300, at - 30));
      expect(readings.size).toBe(4);
    });

    it('replaces what the same collector published before: what it gave up is not its any more', async () => {
      const { board } = under;
      const at = tick();
      await board.publish('one', at - 15, new Map([['a', value(1, at - 30)]]));
      await board.publish('one', at, new Map());
      expect(await board.read()).toEqual({
        readings: new Map(),
        ticks: new Map(),
        publishedSeconds: new Map([['one', at]]),
      });
    });

    it('shows of two collectors the newer reading, missing or not, and of the same tick the one with a value', async () => {
      const { board } = under;
      const at = tick();
      const both = (readings: readonly (readonly [string, DemandReading])[]) => new Map(readings);
      await board.publish(
        'early',
        at - 15,
        both([
          ['moved', value(1, at - 30)],
          ['ended', value(7, at - 30)],
        ]),
      );
      await board.publish(
        'late',
        at,
        both([
          ['moved', value(2, at - 15)],
          ['ended', missing('it has no pods')],
        ]),
      );
      await board.publish('peer', at, both([['same', missing('not seen')]]));
      await board.publish('pear', at, both([['same', value(3, at - 15)]]));
      await board.publish('poor', at, both([['same', missing('not seen')]]));
      const { readings } = await board.read();
      expect(readings.get('moved')).toEqual(value(2, at - 15));
      expect(readings.get('ended')).toEqual(missing('it has no pods'));
      expect(readings.get('same')).toEqual(value(3, at - 15));
    });
  });

  describe(`${name}: the collectors that are alive`, () => {
    it('are those that gave a sign of life lately, sorted, and not those that left', async () => {
      const { alive } = under;
      expect(await alive.alive()).toEqual([]);
      for (const collector of ['b', 'c', 'a', 'b']) await alive.beat(collector);
      expect(await alive.alive()).toEqual(['a', 'b', 'c']);
      await alive.leave('b');
      await alive.leave('never');
      expect(await alive.alive()).toEqual(['a', 'c']);
    });

    it('are dead after a while of silence, and alive again with the next sign', async () => {
      const { alive, deadAfterSeconds, pass } = under;
      await alive.beat('silent');
      await alive.beat('lively');
      await pass(deadAfterSeconds * 0.6);
      await alive.beat('lively');
      await pass(deadAfterSeconds * 0.6);
      expect(await alive.alive()).toEqual(['lively']);
      await alive.beat('silent');
      expect(await alive.alive()).toEqual(['lively', 'silent']);
    });
  });
}
