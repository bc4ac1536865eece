import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_FILLING } from './fill.ts';
import { fillingFacts } from './filling.ts';
import { FILLING_BIAS } from './filling-bias.ts';

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

describe('what a report says of a coarse trace', () => {
  it('is nothing where a sample comes each minute', () => {
    expect(fillingFacts(60)).toBeUndefined();
    expect(fillingFacts(15)).toBeUndefined();
  });

  it('names what the step hides and how far such replays were off, at the next coarser step that was measured', () => {
    expect([120, 300, 420, 900, 3_600].map((step) => fillingFacts(step)?.measured?.stepSeconds)).toEqual([
      300, 300, 600, 1_800, 1_800,
    ]);
    const { method, stepSeconds, text } = fillingFacts(300)!;
    expect({ method, stepSeconds }).toEqual({ method: 'displacement', stepSeconds: 300 });
    expect(text).toMatch(/^Samples are 5 min apart: what the load did between two of them is not in the trace/);
    expect(text).toMatch(/loads by the minute were thinned to 5 min .* the HPA cost .* Prescale cost /);
    expect(text).not.toMatch(/not measured/);
    expect(fillingFacts(3_600)!.text).toMatch(/thinned to 30 min .*; coarser ones were not measured/);
  });

  it('has no measured bias for a filling that is not the usual one', () => {
    expect(fillingFacts(300, 'linear')).toMatchObject({ method: 'linear' });
    expect(fillingFacts(300, 'linear')).not.toHaveProperty('measured');
  });

  it('uses the filling that came closest: most replays within what was wanted', () => {
    const { more } = JSON.parse(readFileSync('benchmarks/results/coarse.json', 'utf8')) as { more: readonly Table[] };
    const within = (more[1]!.rows as [string, number, number, number][]).map(
      ([filling, , cost, unmet]) => [filling, cost + unmet] as const,
    );
    expect(within.reduce((best, one) => (one[1] > best[1] ? one : best))[0]).toBe(DEFAULT_FILLING);
  });

  it('says what the benchmark measured: benchmarks/results/coarse.json', () => {
    const { more } = JSON.parse(readFileSync('benchmarks/results/coarse.json', 'utf8')) as { more: readonly Table[] };
    const { columns, rows } = more[0]!;
    for (const { stepSeconds, loads, ...policies } of FILLING_BIAS) {
      for (const policy of ['hpa', 'predictive'] as const) {
        const own = rows.find(
          ([minutes, filling, name]) => minutes === stepSeconds / 60 && filling === DEFAULT_FILLING && name === policy,
        )!;
        const cell = (column: string) => own[columns.indexOf(column)] as number;
        expect(loads).toBe(cell('loads'));
        expect(policies[policy]).toEqual({
          costMedianOff: expect.closeTo(cell('median off') / 100, 4),
          costMostOff: expect.closeTo(cell('most off') / 100, 4),
          unmetWithinTwo: expect.closeTo(cell('within 2') / loads, 2),
          unmetMostOff: expect.closeTo(cell('unmet ×: most off'), 1),
        });
      }
    }
  });
});
