import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { expectAlways, runs } from '../../test/property.ts';
import { breakEven, breakEvenHoursPerDay, elasticCost } from './cost.ts';
import { elasticPodHour } from './price-book.ts';
import { parsePriceBook, readPriceBook, SHIPPED_PRICE_BOOK, SHIPPED_PRICE_BOOKS } from './price-book-file.io.ts';

const GOOD = `name: a cloud
currency: USD
source: a contract
date: 2026-01-31
pod:
  vcpu: 2
  memoryGib: 4
elastic:
  name: serverless
  perVcpuSecond: 0.00001
  perGibSecond: 0.000001
resident:
  name: nodes
  source: a contract
  date: 2026-01-31
  instance: big
  vcpu: 8
  memoryGib: 32
  hourly: 0.4
  monthly: 200
`;

const parse = (text: string) => parsePriceBook(text, 'book.yaml');

describe('the shipped price books', () => {
  const books = Object.values(SHIPPED_PRICE_BOOKS).map((file) => readPriceBook(file));

  it('cite a source that can be opened, and when it was read, for every price of elastic pods', () => {
    for (const { source, date } of books) {
      expect(source).toMatch(/^https:\/\/\S+$/);
      expect(date).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
    }
  });

  it('call the price of a resident node an assumption, as no source gives it', () => {
    const residents = books.flatMap(({ resident }) => resident ?? []);
    expect(residents.map(({ name }) => name)).toEqual(['ECS']);
    expect(residents[0]!.from).toEqual({ assumption: expect.stringContaining('16 hours a day') });
  });

  it('give the price of a pod-hour as the providers list it', () => {
    const hours = books.map((book) => [book.elastic.name, elasticPodHour(book), book.elastic.minimumSeconds]);
    expect(hours).toEqual([
      ['ECI', expect.closeTo(0.02772 + 2 * 0.003456, 9), 0],
      ['EKS Fargate', expect.closeTo(0.04048 + 3 * 0.004445, 9), 60],
      ['GKE Autopilot', expect.closeTo(0.0445 + 2 * 0.0049225, 9), 0],
      ['ACI', expect.closeTo(0.0405 + 2 * 0.00445, 9), 0],
    ]);
  });

  it('are in the table of docs/prices.md with the price of a pod-hour, the source and the date', () => {
    const table = readFileSync('docs/prices.md', 'utf8');
    for (const [i, name] of Object.keys(SHIPPED_PRICE_BOOKS).entries()) {
      const { source, date, currency } = books[i]!;
      const row = new RegExp(`^\\| \`${name}\`.*$`, 'm').exec(table)?.[0];
      expect(row).toContain(`| ${currency} ${Number(elasticPodHour(books[i]!).toFixed(6))} `);
      expect(row).toContain(`](${source.replace(/\?.*/, '')})`);
      expect(row).toMatch(new RegExp(`, ${date} +\\|$`));
    }
  });

  it('break even at about 16 hours a day on ECI, and nowhere else, as no other has resident nodes', () => {
    expect(breakEvenHoursPerDay(readPriceBook(SHIPPED_PRICE_BOOK))).toBeCloseTo(16, 2);
    for (const book of books.slice(1)) expect(breakEvenHoursPerDay(book)).toBe(24);
  });
});

describe('cost', () => {
  const book = parse(GOOD);

  it('bills elastic pods by CPU, memory and second', () => {
    expect(elasticPodHour(book)).toBeCloseTo((2 * 0.00001 + 4 * 0.000001) * 3600, 12);
    expect(elasticCost(10, book)).toBeCloseTo(0.864, 12);
  });

  it('fits pods on an instance by the scarcer resource and takes the cheaper way to pay', () => {
    expect(book.resident?.podsPerInstance).toBe(4);
    const slotDay = (200 * 12) / 365 / 4;
    expect(breakEvenHoursPerDay(book)).toBeCloseTo(slotDay / 0.0864, 9);
    const hourly = parse(GOOD.replace('hourly: 0.4', 'hourly: 0.2'));
    expect(breakEvenHoursPerDay(hourly)).toBeCloseTo((0.2 * 24) / 4 / 0.0864, 9);
  });

  it('puts on the base what runs longer than the break-even, and nothing without a resident price', () => {
    const book16 = readPriceBook(SHIPPED_PRICE_BOOK);
    const { basePods, savingVsAllElastic } = breakEven([24, 20, 10], book16);
    expect(basePods).toBe(2);
    expect(savingVsAllElastic).toBeCloseTo(12 / 54, 3);
    const elastic = parse(GOOD.slice(0, GOOD.indexOf('resident:')));
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
      /^book\.yaml:11: elastic\.perGibSecond: found the text cheap, expected/,
    ],
    [
      'perGibSecond: 0.000001',
      'perGibDay: 0.1',
      /book\.yaml:11: elastic\.perGibDay: found a key that no price book has/,
    ],
    [
      'perGibSecond: 0.000001',
      'perGibSecond: 0.000001\n  perGibHour: 0.1',
      /book\.yaml:12: elastic\.perGibHour: found perGibSecond as well, expected one of the two/,
    ],
    ['perGibSecond: 0.000001', 'perGibSecond: -1', /book\.yaml:11: elastic\.perGibSecond: found -1, expected a price/],
    ['perGibSecond: 0.000001', 'perGibSecond: .nan', /elastic\.perGibSecond: found NaN/],
    ['perGibSecond: 0.000001', '', /book\.yaml:8: elastic\.perGibSecond: found nothing/],
    [
      '  perVcpuSecond',
      '  minimumSeconds: 1m\n  perVcpuSecond',
      /book\.yaml:10: elastic\.minimumSeconds: found the text 1m/,
    ],
    ['currency: USD', 'currency: [USD]', /book\.yaml:2: currency: found a list, expected a currency code/],
    ['currency: USD', 'currency: $', /book\.yaml:2: currency: found the text \$, expected a currency code such as USD/],
    ['date: 2026-01-31', 'date: yesterday', /book\.yaml:4: date: found the text yesterday, expected the day/],
    ['date: 2026-01-31', 'date: 2026-13', /book\.yaml:4: date: found the text 2026-13, expected the day/],
    [
      'vcpu: 8',
      'vcpu: 1',
      /book\.yaml:12: resident: found 1 vCPU and 32 GiB, expected room for one pod of 2 vCPU and 4 GiB/,
    ],
    ['vcpu: 2', 'vcpu: 0', /book\.yaml:6: pod\.vcpu: found 0, expected a number of vCPUs/],
    ['pod:', 'pod: 3\nold:', /book\.yaml:5: pod: found 3, expected a section with the keys vcpu, memoryGib/],
    ['source: a contract', 'source: [', /^book\.yaml:\d+: not valid YAML/],
    [
      '  source: a contract\n  date: 2026-01-31\n',
      '',
      /book\.yaml:12: resident: found neither source nor assumption, expected where the price comes from/,
    ],
    [
      '  source: a contract\n',
      '  source: a contract\n  assumption: a guess\n',
      /book\.yaml:15: resident\.assumption: found a source as well, expected one of the two/,
    ],
    [
      '  instance: big',
      '  instance: big\n  currency: CNY',
      /book\.yaml:17: resident\.currency: found CNY, expected USD, the currency of the book: convert the prices/,
    ],
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

describe('thousands of generated price books, others in each run,', () => {
  /** A book that can be used, or an error that names it; whatever else is thrown is a crash. */
  const answers = (text: string): boolean => {
    try {
      const book = parse(text);
      return Number.isFinite(breakEvenHoursPerDay(book)) && elasticPodHour(book) > 0;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.message.startsWith('book.yaml');
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
  const edits = fc.array(fc.tuple(fc.nat(500), fc.nat(12), fc.oneof(scrap, fc.string({ maxLength: 12 }))), {
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
    expectAlways([mutated], answers, { numRuns: runs(1_000) });
    expectAlways([fc.string({ unit: 'binary', maxLength: 200 })], answers, { numRuns: runs(100) });
    const json = fc.jsonValue({ maxDepth: 2 });
    const section = fc.dictionary(
      fc.constantFrom('vcpu', 'memoryGib', 'hourly', 'perVcpuSecond', 'assumption', 'minimumSeconds'),
      json,
    );
    const keys = fc.constantFrom('name', 'currency', 'source', 'date', 'pod', 'elastic', 'resident', '__proto__');
    const typed = fc.dictionary(keys, fc.oneof(json, section)).map((value) => JSON.stringify(value));
    expectAlways([typed], answers, { numRuns: runs(100) });
  });
});
