import { describe, expect, it } from 'vitest';
import { texts } from './texts.ts';

const { formats: en } = texts('en');
const { formats: zh } = texts('zh');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures in a language', () => {
  it('are grouped and given their units as its readers write them', () => {
    expect([en.number(12_310.4), zh.number(12_310.4)]).toEqual(['12,310', '12,310']);
    expect([en.percent(0.2314), zh.percent(0.2314)].map(plain)).toEqual(['23 %', '23%']);
    expect([en.percent(0.0041), zh.percent(0.0041)].map(plain)).toEqual(['0.4 %', '0.4%']);
    expect([en.money(431.2, 'USD'), en.money(12_310.4, 'USD'), zh.money(431.2, 'CNY')].map(plain)).toEqual([
      'USD 431.20',
      'USD 12,310',
      'CNY 431.20',
    ]);
    expect([1234.5, 12.345, 0.01234, 0].map(en.threeDigits)).toEqual(['1,235', '12.3', '0.0123', '0']);
    expect([Number.NaN, 1e16, 1e-9].map(en.threeDigits)).toEqual(['–', '1.00e+16', '1.00e-9']);
  });

  it('have their plurals and dates', () => {
    expect([86_400, 172_800, 5_400, 600, 45].map(en.duration).map(plain)).toEqual([
      '1 day',
      '2 days',
      '1.5 h',
      '10 min',
      '45 s',
    ]);
    expect([86_400, 172_800, 5_400, 600, 45].map(zh.duration)).toEqual([
      '1 天',
      '2 天',
      '1.5 小时',
      '10 分钟',
      '45 秒',
    ]);
    const monday = Date.UTC(2026, 2, 2, 14, 5) / 1_000;
    expect([en.instant(monday), zh.instant(monday)]).toEqual(['2 Mar 2026, 14:05', '2026年3月2日 14:05']);
    expect([en.date(monday), zh.date(monday)]).toEqual(['2 Mar', '3月2日']);
    expect([en.weekday(monday), zh.weekday(monday)]).toEqual(['Mon 2', '2日周一']);
    expect([en.list(['a', 'b', 'c']), zh.list(['a', 'b', 'c'])]).toEqual(['a, b and c', 'a、b和c']);
    expect(en.instant(Number.POSITIVE_INFINITY)).toBe('Infinity s');
  });

  it.each([
    [0, '100 %', '0 %'],
    [0.4, '99.996 %', '0.004 %'],
    [1, '99.99 %', '0.01 %'],
    [12, '99.88 %', '0.12 %'],
    [150, '98.5 %', '1.5 %'],
    [10_000, '0 %', '100 %'],
    [1e-9, '> 99.9999999 %', '< 0.0000001 %'],
  ])('%d bp unmet is %s served', (bp, served, unmet) => {
    expect([en.served(bp, 1), en.unmet(bp, 1)].map(plain)).toEqual([served, unmet]);
  });

  it('never let rounding contradict the verdict', () => {
    expect(plain(en.slo(1))).toBe('99.99 %');
    expect(plain(en.served(1.01, 1))).toBe('99.9899 %');
    expect(plain(en.served(1.004, 1))).toBe('99.98996 %');
    expect(plain(en.served(0.996, 1))).toBe('99.99 %');
    expect(plain(en.served(5.1, 5))).toBe('99.949 %');
  });
});
