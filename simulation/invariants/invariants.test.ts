/* Over 350 lines: a story of each invariant, on one hand-made history. */
import { describe, expect, it } from 'vitest';
import { budgets, REQUESTS_PER_HOUR } from './budgets.ts';
import { explainsNumber } from './decided-by.ts';
import { downIsSafe } from './down-is-safe.ts';
import { followsTheMinimum } from './follows-the-minimum.ts';
import { judged, type Made } from './hand-made.contract.ts';
import { leavesAlone } from './leaves-alone.ts';
import { likeTheHpa } from './like-the-hpa.ts';
import { recovers } from './recovers.ts';
import { settles } from './settles.ts';
import { tellsTheTruth } from './tells-the-truth.ts';
import { upIsBounded } from './up-is-bounded.ts';

const HOUR_TICKS = 240;

describe('down is safe', () => {
  const once =
    (at: number, write: readonly [number, number], more: Made = {}) =>
    (k: number) =>
      k === at ? { ...more, write } : more;

  it('a write below what is needed now is found, with its numbers', () => {
    const [found] = judged(downIsSafe(), 40, once(30, [10, 3]));
    expect(found).toMatchObject({ invariant: 'down-is-safe', workload: 'web' });
    expect(found!.what).toContain('10 → 3, while 10 were needed');
    expect(judged(downIsSafe(), 40, once(30, [14, 10]))).toEqual([]);
  });

  it('the need of the last five minutes counts, and no longer', () => {
    const fell =
      (at: number) =>
      (k: number): Made => ({ need: k < 18 ? 10 : 4, ...(k === at ? { write: [10, 4] } : {}) });
    expect(judged(downIsSafe(), 40, fell(28))).toHaveLength(1);
    expect(judged(downIsSafe(), 40, fell(38))).toEqual([]);
  });

  it('one pod that a quota refuses may be asked for no more after it was tried, and nothing else goes for a quota', () => {
    const obstacles = [{ kind: 'quota', words: 'exceeded quota' }] as const;
    const refused =
      (to: number, pods: number, tried = true) =>
      (k: number): Made => ({
        need: 20,
        pods,
        ready: pods,
        obstacles,
        replicas: k < 10 && tried ? 14 : k < 30 ? 15 : to,
        ...(k === 30 ? { write: [15, to] as const } : {}),
      });
    expect(judged(downIsSafe(), 40, refused(14, 13))).toEqual([]);
    expect(judged(downIsSafe(), 40, refused(13, 13))).toHaveLength(1);
    expect(judged(downIsSafe(), 40, refused(14, 15))).toHaveLength(1);
    expect(judged(downIsSafe(), 40, refused(14, 13, false))).toHaveLength(1);
  });

  it('a number below what another writer put there within ten minutes is not ours to answer for', () => {
    const scaled = (k: number): Made => (k === 20 ? { fault: 'scale' } : k === 30 ? { write: [10, 3] } : {});
    expect(judged(downIsSafe(), 40, scaled)).toEqual([]);
  });
});

describe('up is bounded', () => {
  it('a write over 1.5 × the need and two is found; one at it is not', () => {
    const wrote =
      (to: number) =>
      (k: number): Made =>
        k === 50 ? { write: [10, to] } : {};
    expect(judged(upIsBounded(), 60, wrote(17))).toEqual([]);
    expect(judged(upIsBounded(), 60, wrote(18))).toMatchObject([{ invariant: 'up-is-bounded' }]);
  });

  it('what is needed within the lead time, or was ten minutes ago, may be asked for', () => {
    const surge =
      (at: number) =>
      (k: number): Made => ({ need: k === at ? 30 : 10, ...(k === 60 ? { write: [10, 40] } : {}) });
    expect(judged(upIsBounded(), 70, surge(61))).toEqual([]);
    expect(judged(upIsBounded(), 70, surge(25))).toEqual([]);
    expect(judged(upIsBounded(), 70, surge(10))).toHaveLength(1);
  });
});

describe('it settles', () => {
  it('too many, too few, or ever others after ten quiet minutes are found', () => {
    expect(judged(settles(), 60, () => ({ replicas: 14 }))).toEqual([]);
    expect(judged(settles(), 60, () => ({ replicas: 15 })).length).toBeGreaterThan(0);
    expect(judged(settles(), 60, () => ({ replicas: 9 })).length).toBeGreaterThan(0);
    expect(judged(settles(), 60, (k) => ({ replicas: 11 + (k % 2) })).length).toBeGreaterThan(0);
  });

  it('in closed loop, what the HPA’s rule asked for within its five minutes may stand, and no longer', () => {
    const asked =
      (at: number, of = 15) =>
      (k: number): Made => ({ closed: true, replicas: k < 60 ? of : 15, hpaStays: k < 40 || k === at });
    expect(judged(settles(), 75, asked(60))).toEqual([]);
    expect(judged(settles(), 60, asked(20)).length).toBeGreaterThan(0);
    // What it said of other numbers of pods says nothing of these.
    expect(judged(settles(), 62, (k) => ({ ...asked(0, 12)(k), hpaStays: k < 60 })).length).toBeGreaterThan(0);
  });

  it('a demand that changes, or a fault within ten minutes, excuses it', () => {
    expect(judged(settles(), 60, () => ({ replicas: 30, constantSince: undefined }))).toEqual([]);
    expect(judged(settles(), 60, (k) => ({ replicas: 30, ...(k % 30 === 29 ? { fault: 'kill' } : {}) }))).toEqual([]);
  });
});

describe('a value that is a thousand times too large', () => {
  const seen =
    (need: (k: number) => number, to: number) =>
    (k: number): Made => ({
      need: need(k),
      replicas: 16,
      ...(k === 70 ? { fault: 'metric-unit' as const, write: [16, to] as const } : {}),
    });
  const fallen = (k: number) => (k <= 60 ? 12 : 12 * 0.6 ** (k - 60));

  it('is not to be believed, but where it is no more than a load that just fell away: then what there is may double', () => {
    expect(
      judged(
        upIsBounded(),
        70,
        seen(() => 2, 32),
      ).length,
    ).toBeGreaterThan(0);
    expect(judged(upIsBounded(), 70, seen(fallen, 32))).toEqual([]);
    expect(judged(upIsBounded(), 70, seen(fallen, 33)).length).toBeGreaterThan(0);
  });
});

describe('it recovers', () => {
  it('fewer than needed a minute and a start-up after the last fault are found', () => {
    const hurt =
      (till: number) =>
      (k: number): Made => ({ ...(k === 20 ? { fault: 'kill' } : {}), replicas: k >= 20 && k < till ? 6 : 10 });
    expect(judged(recovers(), 60, hurt(25))).toEqual([]);
    expect(judged(recovers(), 60, hurt(40)).length).toBeGreaterThan(0);
  });
});

describe('it recovers in closed loop', () => {
  it('has a minute for each doubling of what was needed while it recovered, and none for what is asked later', () => {
    const hurt =
      (need: (k: number) => number, replicas: (k: number) => number) =>
      (k: number): Made => ({
        closed: true,
        need: need(k),
        replicas: replicas(k),
        ...(k === 20 ? { fault: 'kill' as const } : {}),
      });
    // A minute and a start-up of 20 s after tick 20; two doublings are two minutes more.
    const fourfold = (till: number) =>
      hurt(
        () => 10,
        (k) => (k < 20 ? 10 : k < till ? 3 : 10),
      );
    expect(judged(recovers(), 60, fourfold(34))).toEqual([]);
    expect(judged(recovers(), 60, fourfold(40)).length).toBeGreaterThan(0);
    const later = hurt(
      (k) => (k < 33 ? 10 : 40),
      () => 10,
    );
    expect(judged(recovers(), 60, later)).toEqual([]);
    // A burst that begins as the recovery would be over, and is there when the steps are counted through.
    const burst = (replicas: number) =>
      hurt(
        (k) => (k < 28 ? 10 : 12),
        (k) => (k < 20 ? 10 : k < 34 ? 3 : replicas),
      );
    expect(judged(recovers(), 60, burst(10))).toEqual([]);
    expect(judged(recovers(), 60, burst(9)).length).toBeGreaterThan(0);
  });

  it('what a measurement by rates that are off can show is asked for, and no more', () => {
    const short = (k: number): Made => ({
      closed: true,
      seenNeed: 9,
      replicas: k < 20 ? 10 : 9,
      ...(k === 20 ? { fault: 'kill' as const } : {}),
    });
    expect(judged(recovers(), 60, short)).toEqual([]);
    expect(judged(recovers(), 60, (k) => ({ ...short(k), replicas: 8 })).length).toBeGreaterThan(0);
  });

  it('one pod of ten is one too few', () => {
    const short = (k: number): Made => ({ ...(k === 20 ? { fault: 'kill' as const } : {}), replicas: k < 20 ? 10 : 9 });
    expect(judged(recovers(), 60, short).length).toBeGreaterThan(0);
  });
});

describe('it tells the truth', () => {
  const short: Made = { replicas: 6, status: { wanted: 6 } };

  it('too few for minutes without a word is found; with a reason that says why it is not', () => {
    expect(judged(tellsTheTruth(), 40, () => short).length).toBeGreaterThan(0);
    expect(judged(tellsTheTruth(), 40, () => ({ ...short, status: { reasons: ['max'], max: 6, wanted: 6 } }))).toEqual(
      [],
    );
    expect(judged(tellsTheTruth(), 40, () => ({ ...short, status: { problem: 'no data' } }))).toEqual([]);
  });

  it('a tenth too few is the error of a forecast, where it alone was asked for', () => {
    const nine = (mode: 'auto' | 'predictive', replicas: number): Made => ({
      replicas,
      status: { wanted: replicas, mode },
    });
    expect(judged(tellsTheTruth(), 40, () => nine('auto', 9)).length).toBeGreaterThan(0);
    expect(judged(tellsTheTruth(), 40, () => nine('predictive', 9))).toEqual([]);
    expect(judged(tellsTheTruth(), 40, () => nine('predictive', 8)).length).toBeGreaterThan(0);
  });

  it("pods that can't be are said in Kubernetes' own words", () => {
    const words = 'pods "web-x" is forbidden: exceeded quota: pods';
    const refused = (problem?: string): Made => ({
      replicas: 10,
      ready: 6,
      obstacles: [{ kind: 'quota', words }],
      status: problem === undefined ? {} : { problem },
    });
    expect(judged(tellsTheTruth(), 40, () => refused()).length).toBeGreaterThan(0);
    expect(judged(tellsTheTruth(), 40, () => refused(words))).toEqual([]);
  });

  it('a reason that cannot have made the number is found', () => {
    const shown = (reasons: readonly ('max' | 'forecast' | 'no-data')[], wanted: number) =>
      judged(tellsTheTruth(), 10, () => ({ status: { reasons, wanted, proactive: 10, max: 40 } }));
    expect(shown(['forecast'], 11)).toEqual([]);
    expect(shown(['forecast'], 20).length).toBeGreaterThan(0);
    expect(shown(['forecast', 'max'], 20).length).toBeGreaterThan(0);
    expect(shown(['no-data'], 9).length).toBeGreaterThan(0);
    expect(
      explainsNumber({ reasons: [], replicas: {} } as unknown as Parameters<typeof explainsNumber>[0]),
    ).toBeUndefined();
  });
});

describe('budgets', () => {
  it('more requests than stated are found', () => {
    expect(judged(budgets(), HOUR_TICKS, () => ({ requests: REQUESTS_PER_HOUR / HOUR_TICKS }))).toEqual([]);
    expect(
      judged(budgets(), HOUR_TICKS, () => ({ requests: (20 * REQUESTS_PER_HOUR) / HOUR_TICKS })).length,
    ).toBeGreaterThan(0);
  });

  it('the twenty-first reversal within an hour is found', () => {
    const swings =
      (every: number) =>
      (k: number): Made =>
        k % every === 0 ? { write: (k / every) % 2 === 0 ? [10, 12] : [12, 10] } : {};
    expect(judged(budgets(), HOUR_TICKS, swings(20))).toEqual([]);
    expect(judged(budgets(), HOUR_TICKS, swings(5)).length).toBeGreaterThan(0);
  });

  it('pod starts that another writer orders are not ours; those that we order, in the same hour too, are', () => {
    // Two writers set 14 and 16 in turn, 30 s apart: 240 starts an hour.
    const others = (k: number): Made => ({
      fault: 'gitops',
      replicas: k % 2 ? 14 : 16,
      ready: 14,
      podStarts: k % 2 ? 0 : 2,
      orderedByOthers: 2 * Math.ceil((k + 1) / 2),
    });
    expect(judged(budgets(), HOUR_TICKS, others)).toEqual([]);
    const ours = (k: number): Made => ({
      ...others(k),
      ...{ orderedByOthers: 0, ...(k % 2 ? {} : { write: [14, 16] as const }) },
    });
    expect(judged(budgets(), HOUR_TICKS, ours).map(({ what }) => what)).toContain('240 pod starts, over 40');
  });
});

describe('it follows the minimum', () => {
  const raised =
    (till: number, more: (k: number) => Made = () => ({})) =>
    (k: number): Made => ({ min: k < 20 ? 1 : 14, replicas: k < till ? 10 : 14, ...more(k) });

  it('that was raised within a minute, and no later', () => {
    expect(judged(followsTheMinimum(), 40, raised(23))).toEqual([]);
    const found = judged(followsTheMinimum(), 40, raised(26));
    expect(found[0]).toMatchObject({ invariant: 'follows-the-minimum', workload: 'web' });
    expect(found[0]!.what).toBe('10 replicas for 60 s, under the minimum 14');
  });

  it('without a metric too, as no demand is needed for that', () => {
    const away = () => ({ fault: 'metric-away' as const, status: { reasons: ['no-data' as const] } });
    expect(judged(followsTheMinimum(), 40, raised(30, away)).length).toBeGreaterThan(0);
  });

  it.each<[string, (k: number) => Made]>([
    ['a person pauses it', () => ({ paused: true })],
    ['another writer fights it', () => ({ status: { reasons: ['conflict'] } })],
    ['leaders change', (k) => ({ leader: `addon-a.${Math.floor(k / 4)}` })],
    ['the API server was in trouble', (k) => (k === 18 ? { fault: 'api-outage' } : {})],
    ['it is only observed', () => ({ status: { mode: 'observe' } })],
  ])('and is excused where %s', (_, more) => {
    expect(judged(followsTheMinimum(), 36, raised(40, more))).toEqual([]);
  });
});

describe('what a person takes back is left alone', () => {
  const out = (k: number, more: Made = {}): Made => (k < 10 ? {} : { optedOut: true, unsaid: true, ...more });

  it('once that is known nothing is written to it, by nobody of ours', () => {
    expect(judged(leavesAlone(), 30, (k) => out(k, k === 11 ? { write: [10, 12] } : {}))).toEqual([]);
    const late = judged(leavesAlone(), 30, (k) => out(k, k === 20 ? { write: [10, 12] } : {}));
    expect(late.map(({ what }) => what)).toEqual(['addon-a.1 wrote replicas 10 → 12, which is not ours']);
    const paused = judged(leavesAlone(), 30, (k) =>
      k < 10 ? {} : { paused: true, ...(k === 20 && { write: [10, 9] }) },
    );
    expect(paused).toHaveLength(1);
  });

  it('the floor of an HPA is what its owner wrote within a minute, and putting it back is no write of ours', () => {
    const back = (at: number) => (k: number) =>
      out(k, { floors: k < at ? [12, 2] : [2, 2], ...(k === at && { hpaWrite: [12, 2] as const }) });
    expect(judged(leavesAlone(), 30, back(13))).toEqual([]);
    expect(judged(leavesAlone(), 30, back(18))[0]!.what).toBe("the HPA's minReplicas is still 12, its owner's is 2");
    const raised = judged(leavesAlone(), 30, (k) => out(k, k === 20 ? { hpaWrite: [2, 9], floors: [2, 2] } : {}));
    expect(raised.map(({ what }) => what)).toEqual(['addon-a.1 wrote minReplicas 2 → 9, which is not ours']);
  });

  it('of one that opted out nothing is shown any more; of one that is paused there is', () => {
    const shown = judged(leavesAlone(), 30, (k) => out(k, { unsaid: k > 12 && k < 25 }));
    expect(shown[0]!.what).toBe('it opted out, and its status is still shown');
    expect(judged(leavesAlone(), 30, (k) => (k < 10 ? {} : { paused: true }))).toEqual([]);
    // What was paused before is heard of as soon as what was not.
    const unsaid = (unsaidFrom: number) => (k: number) =>
      k < 10 ? {} : k < 20 ? { paused: true } : { optedOut: true, unsaid: k >= unsaidFrom };
    expect(judged(leavesAlone(), 30, unsaid(22))).toEqual([]);
    expect(judged(leavesAlone(), 30, unsaid(28))).not.toEqual([]);
  });

  it('what nobody could hear, as the API server was in trouble, is given its time', () => {
    const deaf = judged(leavesAlone(), 30, (k) =>
      out(k, k === 20 ? { write: [10, 12] } : k === 12 ? { fault: 'api-silent' } : {}),
    );
    expect(deaf).toEqual([]);
  });
});

describe('like the HPA', () => {
  it("a number that is two pods off the calculator's is found, in mode reactive", () => {
    const decided = (wanted: number, mode: 'reactive' | 'auto' = 'reactive') =>
      judged(likeTheHpa(), 120, () => ({ replicas: 10, status: { mode, wanted, load: 15, reasons: ['reactive'] } }));
    expect(decided(15)).toEqual([]);
    expect(decided(18).length).toBeGreaterThan(0);
    expect(decided(18, 'auto')).toEqual([]);
  });

  it('of memory pods count as soon as they run, those of CPU that start do not, and unmeasured ones are full on the way down', () => {
    const found = (wanted: number, measured: NonNullable<Made['status']>['measured'], load = 15) =>
      judged(likeTheHpa(), 120, () => ({
        replicas: 20,
        ready: 16,
        status: { mode: 'reactive', wanted, load, measured, reasons: ['reactive'] },
      })).length > 0;
    // 15 pods' worth on the 20 that run; on the 16 that are Ready it would be within the tolerance.
    const memory = { counted: 20, unmeasured: 0, starting: 0 };
    expect([found(15, memory), found(20, memory)]).toEqual([false, true]);
    const cpu = { counted: 16, unmeasured: 0, starting: 4 };
    expect([found(15, cpu), found(20, cpu)]).toEqual([true, false]);
    const some = { counted: 16, unmeasured: 4, starting: 0 };
    expect([found(14, some, 10), found(10, some, 10)]).toEqual([false, true]);
  });
});
