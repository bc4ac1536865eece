import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeClass } from '../../core/pod-record.ts';
import { HISTOGRAM_SECONDS } from './histogram.ts';
import { BUCKETS, bucketOf } from './model.ts';
import { HALF_LIFE_SECONDS, StartupSketches } from './sketches.ts';

const NOW = 1_772_000_000;
const WEB = 'shop/Deployment/web';

interface Told {
  readonly workload?: string;
  readonly nodeClass?: NodeClass;
  readonly batch?: number;
  readonly daysAgo?: number;
  readonly live?: boolean;
}

function tell(sketches: StartupSketches, totals: readonly number[], told: Told = {}): void {
  const { workload = WEB, nodeClass = 'virtual', batch = 1, daysAgo = 0, live = true } = told;
  const atSeconds = NOW - daysAgo * 86_400;
  for (const totalSeconds of totals) {
    const stageSeconds = { scheduled: 0, started: totalSeconds * 0.75, ready: totalSeconds * 0.25 };
    sketches.started({ workload, nodeClass, batch, totalSeconds, stageSeconds, atSeconds, live });
  }
}

function known(totals: readonly number[], told: Told = {}): StartupSketches {
  const sketches = new StartupSketches(NOW);
  tell(sketches, totals, told);
  return sketches;
}

const ten = (seconds: number) => Array.from({ length: 10 }, () => seconds);
function p90(sketches: StartupSketches, question: { workload?: string; nodes?: NodeClass; batch?: number } = {}) {
  const { latency, source, samples } = sketches.latency({
    workload: WEB,
    nodes: 'virtual',
    batch: 1,
    nowSeconds: NOW,
    ...question,
  });
  return { seconds: Math.round(latency.quantile(0.9)), source, samples };
}

describe('the start-up latency of a workload', () => {
  it('is a stated default before anything is measured, longer for a larger batch', () => {
    const none = new StartupSketches(NOW);
    expect(p90(none)).toEqual({ seconds: 20, source: 'default', samples: 0 });
    expect(p90(none, { batch: 500 })).toEqual({ seconds: 40, source: 'default', samples: 0 });
    expect(p90(none, { nodes: 'ordinary' })).toEqual({ seconds: 60, source: 'default', samples: 0 });
    const { latency } = none.latency({ workload: WEB, nodes: 'virtual', batch: 64, nowSeconds: NOW });
    expect(latency.description).toBe(
      'virtual nodes: assumed log-normal, p50 9 s, p90 20 s for one pod, 17–64 pods at once: +2.5 s',
    );
  });

  it('is measured from ten pods on', () => {
    const sketches = known(ten(12).slice(1));
    expect(p90(sketches).source).toBe('default');
    tell(sketches, [12]);
    expect(p90(sketches)).toEqual({ seconds: 12, source: 'measured', samples: 10 });
    const { latency } = sketches.latency({ workload: WEB, nodes: 'virtual', batch: 1, nowSeconds: NOW });
    expect(latency.description).toBe('virtual nodes: 10 start-ups of its own; 1 pod');
  });

  it('is borrowed from the slow ones of the namespace’s or the cluster’s workloads, of the same node class only', () => {
    const sketches = known(ten(12), { workload: 'shop/Deployment/api' });
    // One workload says little of another one: at least what is assumed.
    expect(p90(sketches)).toMatchObject({ seconds: 20, source: 'borrowed', samples: 10 });
    tell(sketches, ten(40), { workload: 'bank/Deployment/ledger' });
    expect(p90(sketches)).toMatchObject({ seconds: 40, source: 'borrowed', samples: 20 });
    expect(p90(sketches, { workload: 'mail/Deployment/smtp' }).seconds).toBe(40);
    expect(p90(sketches, { nodes: 'ordinary' }).source).toBe('default');
    // Nine of its own namespace know better, though they be quicker than what is assumed.
    for (let i = 0; i < 8; i++) tell(sketches, ten(6 + i / 2), { workload: `shop/Deployment/no-${i}` });
    expect(p90(sketches)).toMatchObject({ seconds: 12, source: 'borrowed', samples: 90 });
    expect(p90(sketches, { workload: 'mail/Deployment/smtp' }).seconds).toBe(40);
    const { latency } = sketches.latency({ workload: WEB, nodes: 'virtual', batch: 1, nowSeconds: NOW });
    expect(latency.description).toBe(
      'virtual nodes: borrowed from 90 start-ups of 9 workloads in namespace shop: the slow ones of them; 1 pod',
    );
  });

  it('is not that of the workload with the most pods: 13 s in all, 5 to 60 s by workload, 45 s of its own', () => {
    const sketches = new StartupSketches(NOW);
    const others = [5, 6, 8, 9, 11, 12, 13, 15, 20, 30, 45, 60];
    for (const [i, seconds] of others.entries()) {
      const pods = seconds <= 13 ? 200 : 10;
      tell(sketches, new Array<number>(pods).fill(seconds), { workload: `other-${i}/Deployment/app` });
    }
    const sorted = others.flatMap((seconds) => new Array<number>(seconds <= 13 ? 200 : 10).fill(seconds));
    expect(sorted[Math.floor(0.9 * sorted.length)]).toBe(13);
    expect(p90(sketches)).toMatchObject({ source: 'borrowed', seconds: expect.closeTo(60, -0.5) });
    // Its own count from the first pod on, and decide alone from ten.
    const lead: number[] = [];
    for (let pod = 1; pod <= 10; pod++) {
      tell(sketches, [45]);
      lead.push(p90(sketches).seconds);
    }
    expect(lead.slice(0, 4).every((seconds) => seconds >= 59)).toBe(true);
    expect(lead).toEqual([...lead].sort((a, b) => b - a));
    expect(lead[6]).toBeLessThan(54);
    expect(p90(sketches)).toEqual({ seconds: expect.closeTo(45, -0.5), source: 'measured', samples: 10 });
  });

  it('is at least its own first pod’s, where that was slower than all others', () => {
    const sketches = new StartupSketches(NOW);
    for (let i = 0; i < 12; i++) tell(sketches, ten(10 + i / 4), { workload: `other-${i}/Deployment/app` });
    expect(p90(sketches).seconds).toBeLessThan(14);
    tell(sketches, [45]);
    expect(p90(sketches)).toMatchObject({ source: 'borrowed', samples: 121 });
    expect(p90(sketches).seconds).toBeGreaterThanOrEqual(44);
  });

  it('of a batch never seen is that of the next smaller one and the queue’s growth', () => {
    const sketches = known(ten(12), { batch: 3 });
    expect(p90(sketches, { batch: 4 })).toMatchObject({ seconds: 12, source: 'measured' });
    // 500 − 4 pods at 25 a second.
    expect(p90(sketches, { batch: 500 })).toMatchObject({ seconds: expect.closeTo(12 + 19.9, 0), source: 'borrowed' });
    expect(p90(sketches, { batch: 1 })).toMatchObject({ seconds: 12, source: 'borrowed' });
  });

  it('is that of the nodes where its pods ran, or of a mix of them', () => {
    const sketches = known(Array.from({ length: 30 }, () => 8));
    tell(sketches, ten(60), { nodeClass: 'ordinary' });
    expect(sketches.classMix(WEB)).toEqual({ virtual: 0.75, ordinary: 0.25 });
    expect(sketches.classMix('shop/Deployment/new').virtual).toBe(0.75);
    const { latency, source, samples } = sketches.latency({ workload: WEB, batch: 1, nowSeconds: NOW });
    expect([source, samples]).toEqual(['measured', 40]);
    expect(latency.quantile(0.7)).toBeCloseTo(8, 0);
    expect(latency.quantile(0.9)).toBeCloseTo(60, 0);
    const few = sketches.latency({ workload: WEB, nodes: { virtual: 95, ordinary: 5 }, batch: 1, nowSeconds: NOW });
    expect(few.latency.quantile(0.9)).toBeCloseTo(8, 0);
  });

  it('is never less for more pods, nor for a higher quantile, whatever was measured', () => {
    const batch = fc.constantFrom(1, 3, 10, 40, 200, 400);
    const told = fc.tuple(batch, fc.double({ min: 1, max: 300, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.array(told, { maxLength: 8 }), (all) => {
        const sketches = new StartupSketches(NOW);
        for (const [size, seconds, own] of all) {
          tell(sketches, ten(seconds), { batch: size, workload: own ? WEB : 'shop/Deployment/api' });
        }
        for (const level of [0.5, 0.9, 0.99]) {
          const seconds = [1, 4, 16, 64, 256, 3000].map((size) =>
            sketches.latency({ workload: WEB, nodes: 'virtual', batch: size, nowSeconds: NOW }).latency.quantile(level),
          );
          expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('has its buckets', () => {
    const buckets = [1, 2, 4, 5, 16, 17, 64, 65, 256, 257, 5000].map(bucketOf);
    expect(buckets).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(Math.max(...buckets)).toBe(BUCKETS - 1);
  });
});

describe('what was long ago', () => {
  it('weighs half after a half-life', () => {
    const sketches = known(ten(10), { daysAgo: HALF_LIFE_SECONDS / 86_400 });
    tell(
      sketches,
      Array.from({ length: 6 }, () => 30),
    );
    // 10 pods weigh 5, 6 weigh 6: the newer ones are 6/11 = 55 %.
    const { latency } = sketches.latency({ workload: WEB, nodes: 'virtual', batch: 1, nowSeconds: NOW });
    expect(latency.quantile(0.45)).toBeCloseTo(10, 0);
    expect(latency.quantile(0.46)).toBeCloseTo(30, 0);
  });

  it('still serves where nothing newer is known', () => {
    expect(p90(known(ten(15), { daysAgo: 40 }))).toMatchObject({ seconds: 15, source: 'measured', samples: 10 });
  });
});

describe('pods that wait', () => {
  const waits = (sketches: StartupSketches, count: number, ageSeconds: number, workload = WEB) => {
    for (let i = 0; i < count; i++) {
      sketches.waits({
        uid: `w${i}`,
        workload,
        nodeClass: 'virtual',
        createdSeconds: NOW - ageSeconds,
        batch: () => 1,
      });
    }
  };

  it('make it longer while an image pull hangs, and are remembered when they are given up', () => {
    const sketches = known(Array.from({ length: 20 }, () => 10));
    waits(sketches, 5, 600);
    expect(p90(sketches).seconds).toBe(600);
    for (let i = 0; i < 5; i++) sketches.gaveUp(`w${i}`, NOW);
    expect(p90(sketches).seconds).toBeCloseTo(600, -1);
  });

  it('change nothing while they are no later than others, nor when they are deleted young', () => {
    const sketches = known(Array.from({ length: 20 }, () => 10));
    waits(sketches, 50, 3);
    expect(p90(sketches).seconds).toBeCloseTo(10, 0);
    for (let i = 0; i < 50; i++) sketches.gaveUp(`w${i}`, NOW);
    expect(p90(sketches).seconds).toBeCloseTo(10, 0);
  });

  it('count no more once they are Ready', () => {
    const sketches = known(Array.from({ length: 20 }, () => 10));
    waits(sketches, 5, 600);
    for (let i = 0; i < 5; i++) sketches.settled(`w${i}`);
    expect(p90(sketches).seconds).toBeCloseTo(10, 0);
  });

  it('are enough to know by, where ten hang and none was ever Ready', () => {
    const sketches = new StartupSketches(NOW);
    waits(sketches, 10, 300);
    expect(p90(sketches)).toMatchObject({ seconds: 300, source: 'measured' });
  });

  it('for more than ten minutes are stuck: they lengthen no lead time', () => {
    const sketches = known(Array.from({ length: 20 }, () => 10));
    waits(sketches, 10, 601);
    expect(p90(sketches).seconds).toBeCloseTo(10, 0);
    const none = new StartupSketches(NOW);
    waits(none, 10, 86_400);
    expect(p90(none).source).toBe('default');
  });
});

describe('keeping it', () => {
  it('survives a restart as compact JSON, decayed by the time in between', () => {
    const before = known(ten(12), { batch: 20 });
    tell(before, ten(50), { nodeClass: 'ordinary' });
    const saved = JSON.parse(JSON.stringify(before.serialize(NOW)));
    expect(JSON.stringify(saved).length).toBeLessThan(3000);
    const after = new StartupSketches(NOW + HALF_LIFE_SECONDS);
    after.restore(saved, NOW + HALF_LIFE_SECONDS);
    expect(p90(after, { batch: 20 })).toEqual(p90(before, { batch: 20 }));
    expect(after.classMix(WEB).virtual).toBeCloseTo(0.5, 3);
    for (let i = 0; i < 10; i++) {
      const pod = {
        workload: WEB,
        nodeClass: 'virtual' as const,
        batch: 20,
        totalSeconds: 30,
        stageSeconds: {},
        live: true,
      };
      after.started({ ...pod, atSeconds: NOW + HALF_LIFE_SECONDS });
    }
    const { latency } = after.latency({
      workload: WEB,
      nodes: 'virtual',
      batch: 20,
      nowSeconds: NOW + HALF_LIFE_SECONDS,
    });
    // The ten saved ones weigh 5 of 15.
    expect([latency.quantile(0.3), latency.quantile(0.35)].map(Math.round)).toEqual([12, 30]);
  });

  it('merges the knowledge of two, whatever their ages', () => {
    const [a, b] = [known(ten(12)), new StartupSketches(NOW - 5 * HALF_LIFE_SECONDS)];
    tell(b, ten(30));
    const [ab, ba] = [new StartupSketches(NOW), new StartupSketches(NOW)];
    for (const one of [a, b]) ab.merge(one);
    for (const one of [b, a]) ba.merge(one);
    for (const merged of [ab, ba]) {
      const { latency, samples } = merged.latency({ workload: WEB, nodes: 'virtual', batch: 1, nowSeconds: NOW });
      expect([latency.quantile(0.49), latency.quantile(0.51)].map(Math.round)).toEqual([12, 30]);
      expect(samples).toBe(20);
    }
  });

  it('refuses what is not its own, and says where', () => {
    const sketches = new StartupSketches(NOW);
    expect(() => sketches.restore({ version: 2, atSeconds: NOW, cells: {} }, NOW)).toThrow(
      /version: .*expected version 1/s,
    );
    const bad = { version: 1, atSeconds: NOW, cells: { 'a virtual': { ready: { 0: { bins: 'x' } } } } };
    expect(() => sketches.restore(bad, NOW)).toThrow(/cells\.a virtual\.ready\.0\.bins/);
  });

  it('refuses what was saved in the future: it would outweigh all that comes, and count it for seen', () => {
    const saved = known(ten(400)).serialize(NOW);
    for (const ahead of [61, 3_600, 8_000 * 365 * 86_400]) {
      const sketches = known(ten(12));
      const future = { ...saved, atSeconds: NOW + ahead };
      expect(() => sketches.restore(future, NOW)).toThrow(`a time ${ahead} s in the future; expected none`);
      expect(sketches.countedBefore(WEB, NOW)).toBe(false);
      expect(p90(sketches)).toEqual(p90(known(ten(12))));
    }
    // Clocks may differ by so much.
    new StartupSketches(NOW).restore({ ...saved, atSeconds: NOW + 60 }, NOW);
  });

  it('forgets a workload that opted out; its namespace still knows', () => {
    const sketches = known(ten(12));
    sketches.forget(WEB);
    expect(p90(sketches).source).toBe('borrowed');
    expect([...sketches.histograms()]).toEqual([]);
  });
});

describe('exported histograms', () => {
  it('are cumulative, per stage, and leave out what was before the process', () => {
    const sketches = known([0.5, 7, 7, 700]);
    tell(sketches, ten(3), { live: false });
    const total = [...sketches.histograms()].find(({ span }) => span === 'total')!;
    expect(total).toMatchObject({ workload: WEB, nodeClass: 'virtual', counts: { count: 4, sumSeconds: 714.5 } });
    const bucket = (bound: (typeof HISTOGRAM_SECONDS)[number]) =>
      total.counts.buckets[HISTOGRAM_SECONDS.indexOf(bound)];
    expect([bucket(0.5), bucket(5), bucket(10), bucket(600)]).toEqual([1, 1, 3, 3]);
    expect([...sketches.histograms()].map(({ span }) => span)).toEqual(['scheduled', 'started', 'ready', 'total']);
  });
});
