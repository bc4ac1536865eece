import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../test/property.ts';
import { factsOf, policyOf } from '../../../test/report-facts.ts';
import type { PolicyName, Report } from '../../result.ts';
import { texts } from './texts.ts';

const english = texts('en').recommendation;
const chinese = texts('zh').recommendation;

/** Amounts of money and shares of a sentence, in any order, but for what stands beside a policy's name. */
const figures = (sentence: string) =>
  [
    ...sentence
      .replaceAll('\u00a0', ' ')
      .replace(/（目标[^）]*）| at 70 %|\(target[^)]*\)/g, '')
      .matchAll(/USD [\d.,]*\d|[\d.,]*\d(?= ?%)/g),
  ]
    .map(([found]) => found)
    .sort();

/** What stays Latin in a Chinese sentence. */
const NAMES = /Prescale|CronHPA|HPA|SLO|Pod|USD|ECI|ECS|oracle|--policies|predictive|hpa|cron|fixed/g;

describe('the recommendation in Chinese', () => {
  it('reads as people of the field write', () => {
    const hpa = policyOf(87, 0, 240, { target: 0.7 });
    const facts = factsOf({ predictive: policyOf(63, 0.46, 96), hpa });
    expect(chinese(facts)[0]!.replaceAll('\u00a0', ' ')).toBe(
      '建议从 HPA（目标 70%）改为 Prescale：每天 USD 9.00，原为 USD 12.43（低 28%）；需求满足率 99.9954%，原为 100%（SLO 99.99%）；日均 Pod 启动 96 次，原为 240 次。',
    );
    expect(chinese(facts)[1]!.replaceAll('\u00a0', ' ')).toBe(
      '仅就这一个工作负载而言，每 30 天节省 USD 102.86，每年节省 USD 1,251（由 7 天的数据外推）。',
    );
    const dearer = factsOf({ predictive: policyOf(100, 0, 240), hpa });
    expect(chinese(dearer).join('')).toContain('预测在这里没有帮助：Prescale 的成本比 HPA（目标 70%）高 15%');
  });

  it('says of any table what the English one says, sentence by sentence and figure by figure', () => {
    const names = ['predictive', 'hpa', 'hpa-tuned', 'cron', 'fixed-max', 'fixed', 'oracle'] as const;
    const cost = fc.double({ min: 0.01, max: 10_000, noNaN: true });
    const unmet = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 300, noNaN: true }));
    const table = fc
      .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
      .chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), cost, unmet, fc.nat(2_000)))))
      .map((rows) =>
        Object.fromEntries(rows.map(([name, c, u, s]) => [name, policyOf(c, u, s, { target: 0.7, oracleRatio: 1.2 })])),
      );
    const have = fc.constantFrom<PolicyName | undefined>('hpa', 'fixed', undefined);
    fc.assert(
      fc.property(table, have, fc.boolean(), fc.boolean(), (policies: Report['policies'], had, ownHpa, found) => {
        const known = had === undefined || policies[had] === undefined ? undefined : had;
        const period = { found, seconds: found ? [86_400] : [], strength: 0.5, reason: 'no period: odd' };
        const facts = factsOf(policies, { have: known, ownHpa, period });
        const [en, zh] = [english(facts), chinese(facts)];
        expect(zh.length).toBe(en.length);
        for (const [i, sentence] of zh.entries()) {
          expect(figures(sentence), `${sentence}\n${en[i]}`).toEqual(figures(en[i]!));
          expect(sentence).toMatch(/。$/);
          expect(sentence.replace(NAMES, '')).not.toMatch(/[A-Za-z]{2}|NaN|undefined|null/);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
