import { describe, expect, it } from 'vitest';
import { displayWidth, padEnd, padStart, wrapText } from './terminal-width.ts';

describe('text for a terminal', () => {
  it('counts a Chinese character as two columns', () => {
    expect(displayWidth('SLO 99.99%，满足率')).toBe(18);
    expect(padStart('满足率', 8)).toBe('  满足率');
    expect(padEnd('满足率', 8)).toBe('满足率  ');
  });

  it('breaks between Chinese characters, but leaves punctuation and words whole', () => {
    expect(wrapText('预测在这里没有帮助：Prescale 的成本更高。', 20)).toEqual([
      '预测在这里没有帮助：',
      'Prescale 的成本更',
      '高。',
    ]);
    for (const columns of [10, 11, 12, 13, 20]) {
      const text = '建议从 HPA（目标 70%）改为 Prescale：每天 USD 6.22，原为 USD 8.08（低 23%）；满足率 99.9954%。';
      const lines = wrapText(text, columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const line of lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/^[，。；：、）]|（$/u);
      }
    }
  });

  it('breaks at spaces, keeps a figure with its unit, and cuts what is too long', () => {
    expect(wrapText('it kept the SLO of 99.99\u00a0% here', 24)).toEqual(['it kept the SLO of', '99.99 % here']);
    expect(wrapText(`a ${'x'.repeat(25)} b`, 10)).toEqual(['a', 'x'.repeat(10), 'x'.repeat(10), 'xxxxx b']);
    expect(wrapText('', 10)).toEqual([]);
  });
});
