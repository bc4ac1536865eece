import { describe, expect, it } from 'vitest';
import { heatMap } from './heat-map.ts';
import { terminalChart } from './terminal-chart.ts';

describe('a terminal chart', () => {
  it('draws a ramp from the lower left to the upper right, the axis from 0', () => {
    const values = Float64Array.from({ length: 8 }, (_, i) => i);
    expect(
      terminalChart([{ values }], {
        width: 4,
        height: 2,
        marks: [
          [0, 'a'],
          [0.5, 'b'],
        ],
      }),
    ).toEqual(['      7 ┤⠀⠀⡠⠊', '      0 ┤⡠⠊⠀⠀', '        └────', '         a b']);
  });

  it('keeps the peak of many values in one column, and leaves holes', () => {
    const values = new Float64Array(1000).fill(1);
    values[500] = 1234;
    values.fill(Number.NaN, 900);
    const [top, bottom] = terminalChart([{ values }], { width: 10, height: 2, marks: [] });
    expect(top).toMatch(/^ {2}1\.23K ┤/);
    expect(bottom!.at(-1)).toBe('⠀');
  });

  it('survives nothing but zeros or no data', () => {
    for (const value of [0, Number.NaN]) {
      expect(
        terminalChart([{ values: new Float64Array(5).fill(value) }], { width: 5, height: 3, marks: [] }),
      ).toHaveLength(5);
    }
  });
});

describe('a heat map', () => {
  it('has a row a day and two characters an hour', () => {
    const hours = Float64Array.from({ length: 168 }, (_, i) => i % 24);
    hours[167] = Number.NaN;
    const lines = heatMap(hours);
    expect(lines).toHaveLength(8);
    expect(lines[1]).toBe(`Mon ${'  '.repeat(5)}${'░░'.repeat(5)}${'▒▒'.repeat(4)}${'▓▓'.repeat(5)}${'██'.repeat(5)}`);
    expect(lines[7]).toMatch(/^Sun .*··$/);
  });

  it('is blank for a constant', () => expect(heatMap(new Float64Array(168).fill(3))[1]).toBe(`Mon ${' '.repeat(48)}`));
});
