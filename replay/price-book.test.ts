import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import { breakEven, breakEvenHoursPerDay, elasticCost } from './cost.ts';
import { eciPodHour } from './price-book.ts';
import { parsePriceBook, readPriceBook, SHIPPED_PRICE_BOOK } from './price-book-file.ts';

const GOOD = `currency: USD
source: a contract
date: 2026-01-31
pod:
  vcpu: 2
  memoryGib: 4
eci:
  perVcpuSecond: 0.00001
  perGibSecond: 0.000001
ecs:
  instance: big
  vcpu: 8
  memoryGib: 32
  hourly: 0.4
  monthly: 200
`;

const parse = (text: string) => parsePriceBook(text, 'book.yaml');

describe('the shipped price book', () => {
  const book = readPriceBook(SHIPPED_PRICE_BOOK);

  it('cites its source and its date', () => {
    expect(book.source).toMatch(/^https:\/\/www\.alibabacloud\.com\//);
    expect(book.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it('breaks even at about 16 hours a day', () => {
    expect(breakEvenHoursPerDay(book)).toBeCloseTo(16, 2);
  });
});

describe('cost', () => {
  const book = parse(GOOD);

  it('bills elastic pods by CPU, memory and second', () => {
    expect(eciPodHour(book)).toBeCloseTo((2 * 0.00001 + 4 * 0.000001) * 3600, 12);
    expect(elasticCost(10, book)).toBeCloseTo(0.864, 12);
  });

  it('fits pods on an instance by the scarcer resource and takes the cheaper way to pay', () => {
    expect(book.ecs?.podsPerInstance).toBe(4);
    const slotDay = (200 * 12) / 365 / 4;
    expect(breakEvenHoursPerDay(book)).toBeCloseTo(slotDay / 0.0864, 9);
    const hourly = parse(GOOD.replace('hourly: 0.4', 'hourly: 0.2'));
    expect(breakEvenHoursPerDay(hourly)).toBeCloseTo((0.2 * 24) / 4 / 0.0864, 9);
  });

  it('puts on the base what runs longer than the break-even, and nothing without an ECS price', () => {
    const book16 = readPriceBook(SHIPPED_PRICE_BOOK);
    const { basePods, savingVsAllElastic } = breakEven([24, 20, 10], book16);
    expect(basePods).toBe(2);
    expect(savingVsAllElastic).toBeCloseTo(12 / 54, 3);
    const elastic = parse(GOOD.slice(0, GOOD.indexOf('ecs:')));
    expect(breakEven([24, 20], elastic)).toMatchObject({
      basePods: 0,
      thresholdHoursPerDay: 24,
      savingVsAllElastic: 0,
    });
  });
});

describe('a bad price book', () => {
  const message = (text: string): string => {
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message;
    }
    throw new Error('was accepted');
  };

  it.each([
    [
      'perGibSecond: 0.000001',
      'perGibSecond: cheap',
      /^book\.yaml:9: eci\.perGibSecond: found the text cheap, expected/,
    ],
    ['perGibSecond: 0.000001', 'perGibHour: 0.1', /book\.yaml:9: eci\.perGibHour: found a key that no price book has/],
    ['perGibSecond: 0.000001', 'perGibSecond: -1', /book\.yaml:9: eci\.perGibSecond: found -1, expected a price/],
    ['perGibSecond: 0.000001', 'perGibSecond: .nan', /eci\.perGibSecond: found NaN/],
    ['perGibSecond: 0.000001', '', /book\.yaml:7: eci\.perGibSecond: found nothing/],
    ['currency: USD', 'currency: [USD]', /book\.yaml:1: currency: found a list, expected a currency code/],
    ['date: 2026-01-31', 'date: yesterday', /book\.yaml:3: date: found the text yesterday, expected the day/],
    [
      'vcpu: 8',
      'vcpu: 1',
      /book\.yaml:10: ecs: found 1 vCPU and 32 GiB, expected room for one pod of 2 vCPU and 4 GiB/,
    ],
    ['vcpu: 2', 'vcpu: 0', /book\.yaml:5: pod\.vcpu: found 0, expected a number of vCPUs/],
    ['pod:', 'pod: 3\nold:', /book\.yaml:4: pod: found 3, expected a section with the keys vcpu, memoryGib/],
    ['source: a contract', 'source: [', /^book\.yaml:\d+: not valid YAML/],
  ])('%s → %s', (from, to, expected) => {
    expect(message(GOOD.replace(from, to))).toMatch(expected);
  });

  it('reports several problems at once', () => {
    const text = GOOD.replace('currency: USD', 'currency: dollars').replace('vcpu: 2', 'vcpu: two');
    expect(message(text).split('; ')).toHaveLength(2);
  });

  it('is refused when empty, huge, an alias bomb or deeply nested', () => {
    expect(message('')).toMatch(/expected a section/);
    expect(message('a'.repeat(200_000))).toMatch(/found 200000 characters/);
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [i, key] of [...'bcdefghij'].entries()) {
      const before = 'abcdefghij'[i];
      bomb.push(`${key}: &${key} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    expect(message(bomb.join('\n'))).toMatch(/not usable YAML/);
    expect(message('['.repeat(50_000))).toMatch(/YAML/);
    expect(message(`${'{a: '.repeat(15_000)}1${'}'.repeat(15_000)}`)).toMatch(/YAML|section/);
  });

  it('names a file that is not there', () => {
    expect(() => readPriceBook('no-such-book.yaml')).toThrow(InputError);
    expect(() => readPriceBook('replay')).toThrow(InputError);
  });
});

describe('10,000 generated price books', () => {
  const accepts = (text: string) => {
    try {
      const book = parse(text);
      expect(Number.isFinite(breakEvenHoursPerDay(book))).toBe(true);
      expect(eciPodHour(book)).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      expect(error.message).toMatch(/^book\.yaml/);
    }
  };
  const scrap = fc.constantFrom(
    ...[
      '&a',
      '*a',
      '- ',
      '? ',
      ': ',
      '<<: *a',
      '{',
      '}',
      '[',
      ']',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%',
      '!!js/function x',
      '\t',
    ],
    ...[
      '!!binary x',
      '---\n',
      '...\n',
      '\n',
      '  ',
      '.inf',
      '1e999',
      '-0',
      '0x1F',
      '~',
      '\u0000',
      '\u2028',
      '__proto__: 1\n',
    ],
    ...['constructor: 1\n', 'toString: 1\n', '2026-01-31', '!!timestamp 2026-01-31', 'null', 'true', '9'.repeat(400)],
  );
  /** Cut a piece out somewhere and put something else there, a few times. */
  const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(12), fc.oneof(scrap, fc.string({ maxLength: 12 }))), {
    minLength: 1,
    maxLength: 4,
  });
  const mutated = edits.map((list) =>
    list.reduce((text, [at, cut, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + cut);
    }, GOOD),
  );

  it('are valid or refused, never a crash', () => {
    fc.assert(fc.property(mutated, accepts), { numRuns: 8_000, seed: 11 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), accepts), { numRuns: 1_000, seed: 12 });
    const json = fc.jsonValue({ maxDepth: 4 });
    const section = fc.dictionary(fc.constantFrom('vcpu', 'memoryGib', 'hourly', 'perVcpuSecond'), json);
    const keys = fc.constantFrom('currency', 'source', 'date', 'pod', 'eci', 'ecs', '__proto__');
    const typed = fc.dictionary(keys, fc.oneof(json, section)).map((value) => JSON.stringify(value));
    fc.assert(fc.property(typed, accepts), { numRuns: 1_500, seed: 13 });
  });
});
