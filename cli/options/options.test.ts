import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import {
  parseChoice,
  parseDuration,
  parseInstant,
  parsePods,
  parsePolicies,
  parsePositive,
  parseSeed,
  parseStartCost,
  parseUnmetTarget,
  parseUntil,
  parseUtilisation,
  type Written,
} from './options.ts';

const pods = (written: Written) => parsePods(written, 1);
const choice = (written: Written) => parseChoice(written, ['text', 'json', 'csv']);

const RIGHT: [parse: (written: Written) => unknown, text: string, value: unknown][] = [
  [parseDuration, '7d', 604_800],
  [parseDuration, '60s', 60],
  [parseDuration, '1d12h', 129_600],
  [parseDuration, '1.5h', 5400],
  [parseDuration, '500ms', 0.5],
  [parseDuration, '90min', 5400],
  [parseInstant, '2024-05-01T00:00:00Z', 1_714_521_600],
  [parseInstant, '1714521600000', 1_714_521_600],
  [parseUntil, '7d', { durationSeconds: 604_800 }],
  [parseUntil, '2024-05-01T02:00:00+02:00', { instantSeconds: 1_714_521_600 }],
  [parseUnmetTarget, '1bp', 1],
  [parseUnmetTarget, '0.01%', 1],
  [parseUnmetTarget, '0.0001', 1],
  [parseUnmetTarget, '2.5 bp', 2.5],
  [parseUnmetTarget, '10%', 1000],
  [parseStartCost, '5m', 300],
  [parseStartCost, '0', 0],
  [parseStartCost, '0s', 0],
  [parseUtilisation, '70%', 0.7],
  [parseUtilisation, '0.7', 0.7],
  [parseUtilisation, '1', 1],
  [parsePositive, '12.5', 12.5],
  [parsePositive, '1e6', 1e6],
  [pods, '20', 20],
  [parseSeed, '0', 0],
  [parseSeed, '4294967295', 4_294_967_295],
  [parsePolicies, 'oracle, hpa,hpa', ['hpa', 'oracle']],
  [choice, 'csv', 'csv'],
];

type Parser = (written: Written) => unknown;
const WRONG: [parse: Parser, expected: RegExp, texts: string[]][] = [
  [parseDuration, /a duration above zero such as 7d/, ['', '7', '-7d', '0s', '7 days', '7D', 'd', '1e3s', '7d!']],
  [
    parseInstant,
    /an instant such as/,
    ['yesterday', '2024-05-01', '2024-05-01T00:00:00', '2024-13-01T00:00:00Z', '-5'],
  ],
  [parseUntil, /an instant such as .* or a duration such as 7d/, ['', 'x', '0s']],
  [parseUnmetTarget, /above 0 and up to 10 %/, ['0', '0bp', '-1bp', '11%', '1', 'bp', '1 %%', 'NaN', '1bps']],
  [parseUtilisation, /written as 70% or as 0\.7/, ['70', '0', '0%', '101%', '-0.5', 'x%', '']],
  [parseStartCost, /a duration of at most a day/, ['-1m', '25h', '5', '']],
  [parsePositive, /a number above 0/, ['0', '-1', '1,5', 'Infinity', '1e999', '']],
  [pods, /a whole number of pods from 1 to 10000/, ['0', '1.5', '-3', '1e3', '10001', '']],
  [parseSeed, /a whole number from 0 to 4294967295/, ['-1', '1.5', '4294967296', 'x']],
  [parsePolicies, /expected a comma-separated list of predictive, hpa, hpa-tuned/, ['hpa,keda', '']],
  [choice, /expected text, json or csv$/, ['xml', '']],
];

describe('options', () => {
  for (const [parse, text, value] of RIGHT) {
    it(`${parse.name}: ${text}`, () => expect(parse({ option: '--it', text })).toEqual(value));
  }
  for (const [parse, expected, texts] of WRONG) {
    for (const text of texts) {
      it(`${parse.name} refuses ${JSON.stringify(text)} and says what would be right`, () => {
        const parsing = () => parse({ option: '--it', text });
        expect(parsing).toThrow(InputError);
        expect(parsing).toThrow(/^--it: found "/);
        expect(parsing).toThrow(expected);
      });
    }
  }
});
