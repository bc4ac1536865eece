import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../test/property.ts';
import type { PolicyName } from '../result.ts';
import { type Candidate, firstSentence, recommend } from './recommendation.ts';

const row = (name: PolicyName, cost: number, unmetBp: number, objectiveHours = cost): Candidate => ({
  name,
  cost,
  objectiveHours,
  unmetBp,
});

describe('the verdict', () => {
  it('is a change to the cheapest policy that keeps the SLO, whichever it is', () => {
    const table = [row('hpa', 100, 0), row('predictive', 80, 0.9), row('cron', 70, 0.5), row('fixed-max', 300, 0)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ kind: 'change', have: 'hpa', best: 'cron' });
    expect(recommend(table, 0.4, 'hpa')).toMatchObject({ kind: 'keep', best: 'hpa' });
  });

  it('keeps what the reader has where it is as good as the best within half a percent', () => {
    const table = [row('hpa', 100, 0), row('predictive', 99.6, 0.9)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ kind: 'keep', have: 'hpa', best: 'hpa' });
  });

  it('is no tie where another one serves more for a bill that is lower by more than half a percent', () => {
    const table = [row('fixed', 2, 0.8, 100.1), row('predictive', 1, 1, 100), row('fixed-max', 0.01, 0, 100)];
    expect(recommend(table, 1, 'fixed')).toMatchObject({ kind: 'change', have: 'fixed', best: 'fixed-max' });
    const close = [row('fixed', 2, 0.8, 100.1), row('fixed-max', 1.999, 0, 100)];
    expect(recommend(close, 1, 'fixed')).toMatchObject({ kind: 'keep', best: 'fixed' });
  });

  it('compares with starts at their price, and names who has the lower bill', () => {
    const table = [row('hpa', 100, 0, 101), row('predictive', 90, 0.5, 150)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ kind: 'keep', best: 'hpa', lowerBill: 'predictive' });
  });

  it('says so where nobody keeps the SLO, and who fails least', () => {
    const table = [row('hpa', 100, 15), row('predictive', 110, 3), row('cron', 60, 40)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ kind: 'none-keeps', have: 'hpa', best: 'predictive' });
  });

  it('leaves a choice where the SLO costs over twice what a miss by a tenth of it does', () => {
    const table = [row('hpa', 250, 0), row('predictive', 100, 1.05)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ kind: 'choose', best: 'hpa', nearMiss: 'predictive' });
    const missed = [row('hpa', 100, 1.05), row('predictive', 210, 0.9)];
    expect(recommend(missed, 1, 'hpa')).toMatchObject({ kind: 'choose', best: 'predictive', nearMiss: 'hpa' });
    const far = [row('hpa', 100, 1.2), row('predictive', 210, 0.9)];
    expect(recommend(far, 1, 'hpa')).toMatchObject({ kind: 'change', best: 'predictive', nearMiss: null });
  });

  it('names the autoscaler that fails least where only fixed replicas keep the SLO', () => {
    const table = [row('hpa', 100, 15), row('predictive', 90, 4), row('fixed-max', 800, 0)];
    expect(recommend(table, 1, 'hpa')).toMatchObject({ best: 'fixed-max', bestAutoscaler: 'predictive' });
  });

  it('is none where nothing ran that could be run', () => {
    expect(recommend([row('oracle', 1, 0)], 1, undefined)).toMatchObject({ kind: 'nothing', best: null });
    expect(recommend([row('predictive', 1, 0)], 1, undefined)).toMatchObject({ kind: 'only', best: 'predictive' });
  });
});

const NAMES = ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'] as const;
const amount = fc.oneof(fc.double({ min: 0.01, max: 1_000, noNaN: true }), fc.integer({ min: 1, max: 6 }));
const unmet = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0, max: 300, noNaN: true }),
  fc.double({ min: 0.8, max: 1.2, noNaN: true }),
);
const tables = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(amount, unmet, amount).map((v) => row(name, v[0], v[1], v[2])))),
  );
const worlds = fc.record({
  table: tables,
  slo: fc.constantFrom(0.1, 1, 10),
  have: fc.constantFrom<PolicyName | undefined>('hpa', 'fixed', undefined),
});

/** Of what few generated tables have, each of these runs has it. */
const RARE_RUNS = 500;

/** Every generated table, its verdict, and the rows that the verdict names. */
function always(
  check: (
    v: ReturnType<typeof recommend>,
    w: { runnable: Candidate[]; slo: number; best?: Candidate; had?: Candidate },
  ) => void,
  numRuns = runs(1_000),
) {
  fc.assert(
    fc.property(worlds, ({ table, slo, have }) => {
      const verdict = recommend(table, slo, have);
      const find = (name: PolicyName | null | undefined) => table.find((candidate) => candidate.name === name);
      const [best, had] = [find(verdict.best), find(have)];
      const runnable = table.filter(({ name }) => name !== 'oracle');
      check(verdict, { runnable, slo, ...(best ? { best } : {}), ...(had ? { had } : {}) });
    }),
    { numRuns },
  );
}

describe('of any table', () => {
  it('the verdict never names the oracle, and names only what ran', () => {
    always((verdict, { runnable }) => {
      const named = [verdict.have, verdict.best, verdict.nearMiss, verdict.lowerBill, verdict.bestAutoscaler];
      const strange = named.filter((name) => name !== null && runnable.every((candidate) => candidate.name !== name));
      expect(strange).toEqual([]);
    });
  });

  it('what is recommended is never worse on both axes than another policy', () => {
    always((_, { runnable, best, had }) => {
      fc.pre(best !== undefined);
      const bill = best === had ? best.cost * 0.995 : best.cost;
      const better = runnable.filter(
        ({ unmetBp, objectiveHours, cost }) =>
          unmetBp < best.unmetBp && objectiveHours < best.objectiveHours && cost < bill,
      );
      expect(better).toEqual([]);
    });
  });

  it('nobody is told to change to what costs more and serves less, by the bill or with starts at their price', () => {
    always((verdict, { best, had }) => {
      fc.pre(best !== undefined && had !== undefined && best !== had && best.unmetBp > had.unmetBp);
      expect(verdict.kind).not.toBe('none-keeps');
      expect(best.cost).toBeLessThanOrEqual(had.cost);
      expect(best.objectiveHours).toBeLessThanOrEqual(had.objectiveHours);
    }, RARE_RUNS);
  });

  it('the SLO is kept by what is recommended wherever anybody keeps it; else it fails least', () => {
    always((verdict, { runnable, slo, best }) => {
      const least = Math.min(...runnable.map(({ unmetBp }) => unmetBp));
      expect(best === undefined).toBe(runnable.length === 0);
      if (best === undefined) return;
      expect(verdict.kind === 'none-keeps').toBe(least > slo);
      expect(best.unmetBp).toBeLessThanOrEqual(Math.max(least, slo));
    });
  });

  it('the cheapest that keeps the SLO is named within half a percent, cron too, unless it is worse than what there is', () => {
    always((_, { runnable, slo, best, had }) => {
      const keepers = runnable.filter(({ unmetBp }) => unmetBp <= slo);
      fc.pre(best !== undefined && keepers.length > 0);
      const open = keepers.filter(
        (one) =>
          had === undefined ||
          one.unmetBp <= had.unmetBp ||
          (one.cost <= had.cost && one.objectiveHours <= had.objectiveHours),
      );
      const least = Math.min(...open.map(({ objectiveHours }) => objectiveHours));
      expect(best.objectiveHours).toBeLessThanOrEqual(least * 1.005);
    });
  });

  it('whoever leaves hardly more unmet for less than half is never passed over in silence', () => {
    always((verdict, { runnable, slo, best }) => {
      fc.pre(best !== undefined);
      const most = Math.max(slo, best.unmetBp) * 1.1;
      const near = runnable.filter(({ unmetBp, cost }) => unmetBp > slo && unmetBp <= most && cost * 2 < best.cost);
      fc.pre(near.length > 0);
      expect(verdict.nearMiss).not.toBeNull();
      expect(verdict.kind).toBe(best.unmetBp > slo ? 'none-keeps' : 'choose');
    }, RARE_RUNS);
  });

  it('the order of the table decides nothing', () => {
    fc.assert(
      fc.property(worlds, ({ table, slo, have }) => {
        expect(recommend([...table].reverse(), slo, have)).toEqual(recommend(table, slo, have));
      }),
    );
  });
});

describe('the first sentence', () => {
  it('ends at its full stop, not at a decimal point', () => {
    expect(firstSentence('Keep it at USD 6.22 a day. The load repeats.')).toBe('Keep it at USD 6.22 a day.');
    expect(firstSentence('')).toBe('');
  });
});
