import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, policyOf } from '../../test/report-facts.ts';
import type { PolicyName, Report } from '../result.ts';
import { firstSentence } from './recommendation.ts';
import { type Facts, recommendationSentences } from './recommendation-text.ts';
import { money as amountOf } from './wording.ts';

const all = (facts: Facts) => recommendationSentences(facts).join(' ');
const headline = (facts: Facts) => recommendationSentences(facts)[0];
const hpa = policyOf(70, 0, 240, { target: 0.7 });
const tuned = policyOf(60, 0.8, 100, { target: 0.8, windowSeconds: 120 });

describe('the headline', () => {
  it('names the change, and what it changes in money, service and starts', () => {
    const facts = factsOf({ predictive: policyOf(54, 0.46, 120), hpa });
    expect(headline(facts)).toBe(
      'Change from the default HPA at 70 % to Prescale: USD 7.71 a day instead of USD 10.00 (23 % less), 99.9954 % served instead of 100 % (SLO 99.99 %), 120 pod starts a day instead of 240.',
    );
    expect(all(facts)).toContain(
      'For this one workload that is USD 68.57 less per 30 days and USD 834.29 a year, extrapolated from 7 days.',
    );
  });

  it('calls the HPA the reader’s own only where its manifest was read', () => {
    const own = factsOf({ predictive: policyOf(54, 0.46), hpa }, { ownHpa: true });
    expect(headline(own)).toMatch(/^Change from your HPA at 70 % to Prescale:/);
    const other = factsOf({ predictive: policyOf(54, 0.46), hpa: { ...hpa, target: 0.6 } });
    expect(headline(other)).toMatch(/^Change from an HPA at 60 % to Prescale:/);
  });

  it('names cron where it keeps the SLO cheapest, and what prediction would have cost', () => {
    const facts = factsOf({ predictive: policyOf(60, 0.4, 100), hpa, cron: policyOf(50, 0.9, 12) });
    expect(headline(facts)).toMatch(/^Change from the default HPA at 70 % to a CronHPA: USD 7\.14 a day instead of/);
    expect(all(facts)).toContain(
      'Prescale would have cost 20 % more than that, USD 8.57 a day with 99.996 % served, 100 pod starts a day; against the default HPA at 70 % it would have saved 14 %.',
    );
  });

  it('keeps what there is where nothing is worth a change', () => {
    const facts = factsOf({ predictive: policyOf(77, 0.4, 300), hpa });
    expect(headline(facts)).toBe(
      'Keep the default HPA at 70 %: nothing that keeps the SLO of 99.99 % is worth a change from USD 10.00 a day with 100 % served.',
    );
    expect(all(facts)).toContain(
      'Prediction does not help here: Prescale would have cost 10 % more than that, USD 11.00 a day with 99.996 % served, 300 pod starts a day.',
    );
  });

  it('does not call it a win to be cheap by breaking the SLO', () => {
    const facts = factsOf({ predictive: policyOf(40, 12), hpa, 'hpa-tuned': tuned });
    expect(headline(facts)).toMatch(
      /^Change from the default HPA at 70 % to an HPA tuned in hindsight \(target 80 %, scale-down window 2 min\): /,
    );
    expect(all(facts)).toContain('Prediction does not help here: Prescale would have cost 33 % less than that');
    expect(all(facts)).toContain('99.88 % served (SLO 99.99 %)');
    const worse = factsOf({
      predictive: policyOf(60, 12),
      hpa: { ...hpa, unmetBp: 40 },
      'hpa-tuned': policyOf(80, 0.8),
    });
    expect(all(worse)).toContain(
      'Prescale would have cost 25 % less than that, USD 8.57 a day with 99.88 % served (SLO 99.99 %), 0 pod starts a day; against the default HPA at 70 % (99.6 % served) it would have saved 14 % and served more.',
    );
  });

  it('says that keeping the SLO costs more where the HPA breaks it', () => {
    const facts = factsOf({ predictive: policyOf(73.5, 0.9), hpa: { ...hpa, unmetBp: 15 } });
    expect(headline(facts)).toContain(
      'USD 10.50 a day instead of USD 10.00 (5 % more), 99.991 % served instead of 99.85 %',
    );
  });

  it('leaves a choice in numbers where a near miss costs less than half', () => {
    const facts = factsOf({ predictive: policyOf(70, 1.05), hpa: policyOf(154, 0.2, 0, { target: 0.7 }) });
    expect(headline(facts)).toBe(
      'The default HPA at 70 % keeps the SLO of 99.99 % at USD 22.00 a day with 99.998 % served, 2.2 times what a near miss costs: Prescale misses it narrowly at USD 10.00 a day with 99.9895 % served.',
    );
  });

  it('says that no policy keeps the SLO, who fails least, and at what cost', () => {
    const facts = factsOf({ predictive: policyOf(84, 5), hpa: { ...hpa, unmetBp: 15 }, cron: policyOf(60, 40) });
    expect(headline(facts)).toBe(
      'No policy keeps the SLO of 99.99 %: Prescale fails least, at USD 12.00 a day with 99.95 % served, 20 % more than the default HPA at 70 % (99.85 % served).',
    );
  });

  it('says what the SLO costs where only the peak all the time keeps it', () => {
    const facts = factsOf({ predictive: policyOf(63, 5), hpa: { ...hpa, unmetBp: 15 }, 'fixed-max': policyOf(560, 0) });
    expect(headline(facts)).toBe(
      'Only fixed replicas at the peak (known in hindsight) keep the SLO of 99.99 %, at USD 80.00 a day with 100 % served: 8.9 times the cost of Prescale, which fails least of the autoscalers (99.95 % served).',
    );
    // Nobody is told to change to that, so no budget is made of it.
    expect(all(facts)).not.toContain('per 30 days');
  });

  it('says that there is nothing to compare with', () => {
    expect(headline(factsOf({ predictive: policyOf(70, 0.5) }))).toBe(
      'Prescale keeps the SLO of 99.99 %, at USD 10.00 a day with 99.995 % served; nothing else was replayed to compare with.',
    );
    expect(headline(factsOf({ oracle: policyOf(70, 0) }))).toMatch(/^No policy that could be run was replayed/);
  });
});

describe('the other sentences', () => {
  const better = policyOf(50, 0.4, 100);

  it('say from how few days a year is extrapolated', () => {
    const facts = factsOf({ predictive: better, hpa });
    const two = { ...facts, money: { ...facts.money, measuredDays: 2 } };
    expect(all(two)).toContain('extrapolated from 2 days, which is less than a week.');
  });

  it('call the price of the nodes an assumption wherever the base saves by it', () => {
    expect(all(factsOf({ predictive: better, hpa }))).toContain(
      '2 of up to 3 pods run more than 16.0 h a day and belong on resident nodes (ECS), which saves another 12 %; the price of those nodes is an assumption (derived from 16 hours a day).',
    );
    const none = { hoursPerDay: [10], thresholdHoursPerDay: 16, basePods: 0, savingVsAllElastic: 0 };
    expect(all(factsOf({ predictive: better, hpa }, { breakEven: none }))).toContain(
      'No pod runs more than 16.0 h a day: all of them belong on elastic pods (ECI); the price of those nodes is an assumption',
    );
  });

  it('say that a price book without nodes has none', () => {
    const prices = { book: 'b', source: 's', date: '2026-01', podHour: 1, elastic: 'EKS Fargate', minimumSeconds: 60 };
    expect(all(factsOf({ predictive: better, hpa }, { prices }))).toContain(
      'The price book has no resident nodes: all pods are elastic pods (EKS Fargate).',
    );
  });

  it('name who has the lower bill, and the starts that it takes', () => {
    const facts = factsOf({ predictive: policyOf(63, 0.5, 500), hpa });
    expect(all(facts)).toContain(
      'Prescale would have the lower bill (USD 9.00 a day) with 500 pod starts a day instead of 240, each counted as 5 min of a pod.',
    );
    expect(all(facts)).not.toContain('Prediction does not help');
    const cheaperStill = factsOf({ ...facts.policies, cron: policyOf(56, 0.9, 900) });
    expect(all(cheaperStill)).toContain(
      'Prescale would have cost 10 % less than that, USD 9.00 a day with 99.995 % served, 500 pod starts a day instead of 240, each counted as 5 min of a pod.',
    );
  });

  it('name the near miss that is cheaper, but not by half', () => {
    const facts = factsOf({ predictive: policyOf(50, 1.05), hpa });
    expect(all(facts)).toContain(
      'Prescale misses the SLO narrowly for 29 % less than that: USD 7.14 a day with 99.9895 % served.',
    );
    const little = factsOf({ predictive: policyOf(56, 1.05), hpa, 'hpa-tuned': tuned });
    expect(all(little)).toContain('Prescale misses the SLO narrowly for 6.7 % less than that');
    expect(all(little)).not.toContain('does not help');
  });

  it('name the period or its absence, the oracle, what was missing', () => {
    const period = { found: false, seconds: [], strength: 0, reason: 'no period: no frequency stands out.' };
    const trace = { source: '', sha256: '', stepSeconds: 60, start: 0, end: 1, noDataFraction: 0.05 };
    const text = all(factsOf({ predictive: { ...better, oracleRatio: 1.25 }, hpa }, { period, trace }));
    expect(text).toContain('No period was found (no frequency stands out):');
    expect(text).toContain('The oracle, which knows the demand, would have needed 20 % less, starts included.');
    expect(text).toContain('5 % of the replayed time has no data and is excluded for every policy.');
    expect(text).toContain('Prescale was under-provisioned for 24 s in all, by up to 2 pods.');
    const best = factsOf({ predictive: { ...policyOf(50, 0), oracleRatio: 1.001 }, hpa });
    expect(all(best)).toContain('no more than the oracle');
    expect(all(best)).toContain('Prescale never had too few pods.');
    expect(all(best)).toContain('The load repeats every 1 day and 7 days (strength 0.83).');
  });
});

describe('of any table', () => {
  const names = ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'] as const;
  const cost = fc.double({ min: 0.001, max: 10_000, noNaN: true });
  const unmet = fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 300, noNaN: true }),
    fc.double({ min: 0.98, max: 1.12, noNaN: true }),
  );
  const table = fc
    .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
    .chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), cost, unmet, fc.nat(2_000)))))
    .map((rows) =>
      Object.fromEntries(rows.map(([name, c, u, starts]) => [name, policyOf(c, u, starts, { target: 0.7 })])),
    );
  const have = fc.constantFrom<PolicyName | undefined>('hpa', 'fixed', undefined);
  const money = (text: string | undefined) => Number(text?.replaceAll(',', ''));

  it('the headline is one sentence, tells the SLO, and no figure of it contradicts the verdict', () => {
    fc.assert(
      fc.property(table, have, (policies: Report['policies'], had) => {
        const facts = factsOf(policies, { have: had === undefined || policies[had] === undefined ? undefined : had });
        const sentences = recommendationSentences(facts);
        const first = sentences[0]!;
        expect(sentences.join(' ')).not.toMatch(/NaN|undefined|null|Infinity|−0/);
        expect(firstSentence(sentences.join(' '))).toBe(first);
        const { kind, best, nearMiss } = facts.verdict;
        if (best === null) return;
        const spoken = sentences.join(' ');
        for (const name of nearMiss === null ? [] : [best, nearMiss]) {
          const { perDay } = facts.money.policies[name]!;
          // With more digits where a difference would not be seen.
          const said = [amountOf(perDay, 'USD'), `USD ${perDay.toPrecision(4)}`].map((amount) => `${amount} a day`);
          expect(
            said.some((text) => spoken.includes(text)),
            `${said[0]}: ${spoken}`,
          ).toBe(true);
        }
        expect(first).toContain('99.99 %');
        const shares = [...first.matchAll(/([\d.]+) % served/g)].map(([, share]) => Number(share));
        if (/just under/.test(first)) return;
        expect(shares[0]! >= 99.99).toBe(policies[best]!.unmetBp <= 1);
        if (kind === 'choose') expect(shares[1]).toBeLessThan(99.99);
        const change = /USD ([\d.,]+) a day instead of USD ([\d.,]+) .* ([\d.]+) % served instead of ([\d.]+) %/.exec(
          first,
        );
        if (change === null) return;
        const [ours, theirs, served, servedBefore] = change.slice(1).map(money) as [number, number, number, number];
        expect(ours > theirs && served < servedBefore, first).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
